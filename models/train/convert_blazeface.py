"""Rewrites BlazeFace (back camera, 256) from a TFJS graph to ONNX; this is how models/face.onnx was made.

    npm pack @vladmandic/human@3.3.6 && tar xzf vladmandic-human-3.3.6.tgz
    python convert_blazeface.py package/models/blazeface.json ../face.onnx

Only the ten operations that this graph uses are known: anything else stops the conversion. Weights are copied
as they are; convolutions change from NHWC to NCHW inside, the input and outputs keep the original's layout.
"""

import base64
import json
import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def read_weights(model_path: pathlib.Path, manifest: list) -> dict[str, np.ndarray]:
    weights = {}
    for group in manifest:
        data = b"".join((model_path.parent / p).read_bytes() for p in group["paths"])
        offset = 0
        for spec in group["weights"]:
            dtype = np.dtype(spec["dtype"]).newbyteorder("<")
            count = int(np.prod(spec["shape"]))
            weights[spec["name"]] = np.frombuffer(data, dtype, count, offset).reshape(spec["shape"])
            offset += count * dtype.itemsize
        if offset != len(data):
            raise ValueError("weights do not fill their file")
    return weights


def text(attr: dict) -> str:
    return base64.b64decode(attr["s"]).decode()


def ints(attr: dict) -> list[int]:
    return [int(i) for i in attr["list"]["i"]]


def convert(model_path: pathlib.Path) -> onnx.ModelProto:
    model = json.loads(model_path.read_text())
    weights = read_weights(model_path, model["weightsManifest"])
    initializers: dict[str, onnx.TensorProto] = {}
    nodes: list[onnx.NodeProto] = []
    rename: dict[str, str] = {}

    def value(name: str) -> str:
        name = name.split(":")[0]
        return rename.get(name, name)

    def constant(name: str, array: np.ndarray) -> str:
        initializers[name] = numpy_helper.from_array(np.ascontiguousarray(array), name)
        return name

    def convolution(node: dict, kernel: np.ndarray, group: int) -> None:
        attr = node["attr"]
        name = node["name"]
        if ints(attr["dilations"]) != [1, 1, 1, 1]:
            raise ValueError(f"{name}: dilation is not handled")
        fused = [base64.b64decode(s).decode() for s in attr.get("fused_ops", {}).get("list", {}).get("s", [])]
        if fused not in ([], ["BiasAdd"], ["BiasAdd", "Relu"]):
            raise ValueError(f"{name}: fused operations {fused}")
        inputs = [value(node["input"][0]), constant(f"{name}/kernel", kernel)]
        if "BiasAdd" in fused:
            inputs.append(constant(f"{name}/bias", weights[node["input"][2]]))
        output = f"{name}/linear" if "Relu" in fused else name
        nodes.append(
            helper.make_node(
                "Conv",
                inputs,
                [output],
                kernel_shape=list(kernel.shape[2:]),
                strides=ints(attr["strides"])[1:3],
                auto_pad="SAME_UPPER" if text(attr["padding"]) == "SAME" else "VALID",
                group=group,
            )
        )
        if "Relu" in fused:
            nodes.append(helper.make_node("Relu", [output], [name]))

    for node in model["modelTopology"]["node"]:
        op, name, attr = node["op"], node["name"], node.get("attr", {})
        if op == "Const":
            continue
        if op == "Placeholder":
            rename[name] = "input/nchw"
            nodes.append(helper.make_node("Transpose", ["input"], ["input/nchw"], perm=[0, 3, 1, 2]))
        elif op == "_FusedConv2D":
            convolution(node, weights[node["input"][1]].transpose(3, 2, 0, 1), 1)
        elif op == "DepthwiseConv2dNative":
            kernel = weights[node["input"][1]]  # height, width, channels, multiplier
            if kernel.shape[3] != 1:
                raise ValueError(f"{name}: channel multiplier")
            convolution(node, kernel.transpose(2, 3, 0, 1), kernel.shape[2])
        elif op == "MaxPool":
            nodes.append(
                helper.make_node(
                    "MaxPool",
                    [value(node["input"][0])],
                    [name],
                    kernel_shape=ints(attr["ksize"])[1:3],
                    strides=ints(attr["strides"])[1:3],
                    auto_pad="SAME_UPPER" if text(attr["padding"]) == "SAME" else "VALID",
                )
            )
        elif op == "Pad":
            nhwc = weights[node["input"][1]]
            nchw = nhwc[[0, 3, 1, 2]]
            pads = constant(f"{name}/pads", np.concatenate([nchw[:, 0], nchw[:, 1]]).astype(np.int64))
            nodes.append(helper.make_node("Pad", [value(node["input"][0]), pads], [name]))
        elif op == "AddV2":
            nodes.append(helper.make_node("Add", [value(i) for i in node["input"]], [name]))
        elif op == "Relu":
            nodes.append(helper.make_node("Relu", [value(node["input"][0])], [name]))
        elif op == "Reshape":
            nodes.append(
                helper.make_node("Transpose", [value(node["input"][0])], [f"{name}/nhwc"], perm=[0, 2, 3, 1])
            )
            shape = constant(f"{name}/to", weights[node["input"][1]].astype(np.int64))
            nodes.append(helper.make_node("Reshape", [f"{name}/nhwc", shape], [name]))
        elif op == "Identity":
            nodes.append(helper.make_node("Identity", [value(node["input"][0])], [OUTPUTS[name]]))
        else:
            raise ValueError(f"{name}: operation {op} is not known")

    graph = helper.make_graph(
        nodes,
        "blazeface-back-256",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 256, 256, 3])],
        [
            helper.make_tensor_value_info("scores16", TensorProto.FLOAT, [1, 512, 1]),
            helper.make_tensor_value_info("scores32", TensorProto.FLOAT, [1, 384, 1]),
            helper.make_tensor_value_info("boxes16", TensorProto.FLOAT, [1, 512, 16]),
            helper.make_tensor_value_info("boxes32", TensorProto.FLOAT, [1, 384, 16]),
        ],
        list(initializers.values()),
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], producer_name="safelight")
    made.ir_version = 9
    onnx.checker.check_model(made, full_check=True)
    return made


OUTPUTS = {"Identity": "scores16", "Identity_1": "scores32", "Identity_2": "boxes16", "Identity_3": "boxes32"}

if __name__ == "__main__":
    onnx.save(convert(pathlib.Path(sys.argv[1])), sys.argv[2])
