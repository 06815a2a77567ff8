// safetensors, the format of checkpoints: a header of JSON, then the tensors' bytes, little-endian and row-major.
//
//   byte   0              8                   8 + length
//          length (u64)   header (JSON)       data: every tensor, end to end, without holes
//
//   header   {"__metadata__":{"format":"pt"},"0.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}
//
// Source: github.com/safetensors/safetensors, README.md "Format" and safetensors/src/tensor.rs.

export {
  toFloat32,
  type SafetensorsArray,
  type SafetensorsArrays,
  type SafetensorsDtype,
  type SafetensorsTensor,
} from "./dtype.js";
export { SafetensorsError, type SafetensorsErrorCode } from "./error.js";
export { openSafetensors, type OpenedSafetensors, type StoredTensor } from "./open.js";
export { readSafetensors, type SafetensorsFile } from "./read.js";
export { safetensorsParts, writeSafetensors, type TensorToStream, type TensorToWrite } from "./write.js";
