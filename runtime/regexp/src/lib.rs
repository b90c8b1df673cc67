//! tvm-regexp
