//! tvm-runtime
