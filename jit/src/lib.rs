//! tvm-jit
