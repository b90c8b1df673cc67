//! How a function of the runtime ends other than with a value.

/// Why a function did not return a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    /// An exception was thrown; the heap holds it.
    Throw,
    /// A call was prepared at the top of the stack: its result is this function's.
    Call(PreparedCall),
    /// A native function leaves the work to its self-hosted other half, called with the same arguments.
    Fallback,
    /// A native function needs the argument in this slot as a primitive; it is run again with it.
    Coerce {
        /// Slot of the stack that holds the argument.
        slot: u32,
        /// How to convert.
        hint: Hint,
    },
    /// A frame was put away or entered: the interpreter goes on with what is now on top.
    Switch,
    /// The program ends: a limit was passed, or somebody asked for it.
    Terminate,
}

/// A call waiting at the top of the stack: header, receiver and arguments are in place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PreparedCall {
    /// Slot of the receiver.
    pub frame: u32,
    /// Arguments behind it.
    pub argc: u32,
    /// Whether it is a construct call; new.target is in the header.
    pub construct: bool,
}

/// What ToPrimitive prefers (7.1.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Hint {
    /// No preference.
    Default = 0,
    /// A number.
    Number = 1,
    /// A string.
    String = 2,
    /// Not a primitive at all: the `prototype` of the call's new.target, null where that is no object.
    Prototype = 3,
}

/// Why a program was ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Termination {
    /// The heap limit, in bytes.
    Heap {
        /// Bytes in use.
        used: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// The time limit, in milliseconds.
    Time {
        /// Milliseconds allowed.
        limit_ms: u64,
    },
    /// The fuel limit.
    Fuel {
        /// Units allowed.
        limit: u64,
    },
    /// The limit of what a tenant may write, in bytes.
    Output {
        /// Bytes allowed.
        limit: usize,
    },
    /// The host asked for it.
    Interrupted,
    /// `process.exit` and the like.
    Exit(i32),
    /// The time of what a frame calls is over: it is left, and the frame goes on.
    Overdue {
        /// Slot of the frame's receiver.
        frame: u32,
    },
    /// A snapshot was asked for at this point.
    Snapshot,
    /// The engine found its own state broken.
    Bug(String),
}

impl std::fmt::Display for Termination {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Termination::Heap { used, limit } => {
                write!(
                    f,
                    "heap limit passed: {used} bytes in use of {limit} allowed (raise it with --max-heap)"
                )
            }
            Termination::Time { limit_ms } => {
                write!(f, "time limit passed: {limit_ms} ms allowed (raise it with --max-time)")
            }
            Termination::Fuel { limit } => {
                write!(f, "fuel limit passed: {limit} units allowed (raise it with --max-fuel)")
            }
            Termination::Output { limit } => write!(f, "output limit passed: {limit} bytes allowed"),
            Termination::Interrupted => f.write_str("interrupted"),
            Termination::Exit(code) => write!(f, "exit with status {code}"),
            Termination::Overdue { .. } => f.write_str("the time limit of a script passed"),
            Termination::Snapshot => f.write_str("stopped for a snapshot"),
            Termination::Bug(what) => write!(f, "a defect of tvm, not of the program: {what}"),
        }
    }
}
