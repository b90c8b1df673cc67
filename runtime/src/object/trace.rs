//! Stack traces: which frames an error keeps, and how each reads, after V8.
//!
//! What is kept of a frame is its function, its place in the code and its receiver; names are looked up when the text
//! is made, and as far as that runs no code of the program's.

use tvm_bytecode::data::FunctionKind;

use super::error::FRAME_VALUES;
use super::key::Key;
use super::lookup::{Found, Own};
use super::shape::shape_flag;
use crate::base::exit::Exit;
use crate::base::limits;
use crate::frame::Frames;
use crate::heap::cells::*;
use crate::heap::roots::{Name, Root};
use crate::heap::{Cx, Local, Value};
use crate::object::realm::Intrinsic;
use crate::semantics::promise::{COROUTINE, promise_state};
