//! tvm-frontend
