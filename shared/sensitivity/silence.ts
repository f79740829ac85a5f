/** Keeps onnxruntime's telemetry off. The library reads this once, when it is loaded: so this is imported before it. */
process.env.ORT_DISABLE_TELEMETRY = '1'
