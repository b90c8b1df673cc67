//! tvm-bytecode
