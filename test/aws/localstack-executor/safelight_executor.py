"""Runs Node Lambdas of LocalStack as plain processes where there is no Docker: for each execution environment a Runtime
API, and Amazon's runtime client (npm aws-lambda-ric) with the deployed code. Chosen by LAMBDA_RUNTIME_EXECUTOR=process.
"""

import json
import os
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from queue import Empty

from localstack.services.lambda_.invocation.executor_endpoint import StatusErrorException
from localstack.services.lambda_.invocation.lambda_models import InvocationResult
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin
from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor

from runtime_api import RuntimeApi

ROOT = Path(__file__).resolve().parents[3]
CLIENT = ROOT / "node_modules" / "aws-lambda-ric" / "index.mjs"
# Stands in for the client's compiled part, so that nothing has to be built.
PRELOAD = ROOT / "test" / "aws" / "runtime-client.ts"


class ProcessExecutor(RuntimeExecutor):
    def __init__(self, id, function_version):
        super().__init__(id, function_version)
        self.env: dict[str, str] = {}
        self.process: subprocess.Popen | None = None
        self.api: RuntimeApi | None = None
        self.log = tempfile.TemporaryFile()

    def start(self, env_vars):
        code = str(self.function_version.config.code.get_unzipped_code_location())
        given = {name: str(value) for name, value in env_vars.items()}
        inherited = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
        # A path of Docker's images; this is where the code lies here.
        self.env = {**inherited, **given, "LAMBDA_TASK_ROOT": code, "AWS_EXECUTION_ENV": "AWS_Lambda_nodejs24.x"}
        self._boot()

    def _boot(self):
        self.stop()
        self.api = RuntimeApi()
        threading.Thread(target=self.api.serve_forever, daemon=True).start()
        self.process = subprocess.Popen(
            # In the process group of LocalStack, so that it ends with it.
            ["node", "--import", PRELOAD.as_uri(), str(CLIENT)],
            env={**self.env, "AWS_LAMBDA_RUNTIME_API": self.api.address},
            cwd=self.env["LAMBDA_TASK_ROOT"],
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
        )
        # LocalStack limits how long this may take, and then calls stop().
        what, body = self._outcome(self.process, self.api, "", float("inf"))
        if what != "ready":
            self.stop()
            raise StatusErrorException("the function could not be loaded", payload=body)

    def invoke(self, payload):
        if self.process is None or self.process.poll() is not None:
            self._boot()
        request_id = payload["invoke-id"]
        seconds = float(self.env["AWS_LAMBDA_FUNCTION_TIMEOUT"])
        begun = self.log.seek(0, os.SEEK_END)
        headers = {
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + seconds) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": payload["invoked-function-arn"],
            "Lambda-Runtime-Trace-Id": payload["trace-id"],
        }
        process, api, started = self.process, self.api, time.monotonic()
        api.events.put((request_id, headers, payload["payload"].encode()))
        what, body = "ready", b""
        # It says that it is ready for this event after it has answered the one before.
        while what == "ready":
            what, body = self._outcome(process, api, request_id, started + seconds)
        if what == "timeout":
            self.stop()
            message = f"RequestId: {request_id} Error: Task timed out after {seconds:.2f} seconds"
            body = _error("Sandbox.Timedout", message)
        logs = self._logs(request_id, begun, (time.monotonic() - started) * 1000)
        return InvocationResult(request_id, body, is_error=what != "response", logs=logs)

    @staticmethod
    def _outcome(process, api, request_id: str, deadline: float) -> tuple[str, bytes]:
        while time.monotonic() < deadline:
            # Asked first: what a process posted before it ended is still to be had.
            ended = process.poll()
            try:
                what, _, body = api.outcomes.get(timeout=0.05 if ended is None else 0.5)
                return what, body
            except Empty:
                if ended is not None:
                    message = f"RequestId: {request_id} Error: Runtime exited with error: exit status {ended}"
                    return "exit", _error("Runtime.ExitError", message)
        return "timeout", b""

    def _logs(self, request_id: str, begun: int, ms: float) -> str:
        said = os.pread(self.log.fileno(), 2**24, begun).decode(errors="replace").rstrip("\n")
        version = self.function_version.id.qualifier
        head = f"START RequestId: {request_id} Version: {version}\n"
        tail = f"END RequestId: {request_id}\nREPORT RequestId: {request_id}\tDuration: {ms:.2f} ms\n"
        return head + (f"{said}\n" if said else "") + tail

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        if self.api is not None:
            self.api.events.put(None)
            self.api.shutdown()
            self.api.server_close()
        self.process = self.api = None

    def get_logs(self):
        return os.pread(self.log.fileno(), 2**24, 0).decode(errors="replace")

    def get_address(self):
        return "127.0.0.1"

    def get_endpoint_from_executor(self):
        return "127.0.0.1"

    def get_runtime_endpoint(self):
        return ""

    @classmethod
    def prepare_version(cls, function_version):
        function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version):
        """Versions may share their code, which goes with LocalStack."""


def _error(kind: str, message: str) -> bytes:
    return json.dumps({"errorType": kind, "errorMessage": message}).encode()


class ProcessExecutorPlugin(RuntimeExecutorPlugin):
    name = "process"

    def load(self, *_, **__):
        return ProcessExecutor
