/**
 * The one door to onnxruntime, which must be imported by nobody else: silence comes first. Left alone, the library keeps a
 * device id and an event database in the home folder, reports to its maker, and writes `/tmp/mat-debug-PID.log` through
 * whatever link lies there.
 */
import './silence.ts'

export { InferenceSession, Tensor } from 'onnxruntime-node'
