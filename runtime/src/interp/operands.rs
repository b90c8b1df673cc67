//! Reading operands: for each instruction a struct of its operands, expanded from the table.
#![allow(unsafe_code, missing_docs, non_snake_case)]
// Some instructions are read by hand, or need only some of their operands.
#![allow(dead_code)]

use tvm_bytecode::Kind;

/// Reads one operand and moves on.
///
/// # Safety
/// `at` is within a verified instruction.
#[inline(always)]
unsafe fn read(width: usize, signed: bool, pc: *const u8, at: &mut usize) -> i32 {
    // SAFETY: verified code holds the whole instruction.
    let value = unsafe {
        let p = pc.add(*at);
        match (width, signed) {
            (1, false) => i32::from(p.read()),
            (1, true) => i32::from(p.cast::<i8>().read()),
            (2, false) => i32::from(p.cast::<u16>().read_unaligned().to_le()),
            (2, true) => i32::from(p.cast::<i16>().read_unaligned().to_le()),
            _ => p.cast::<i32>().read_unaligned().to_le(),
        }
    };
    *at += width;
    value
}

macro_rules! readers {
    ($( $(#[$doc:meta])* $name:ident { $($field:ident : $kind:ident),* } [$($effect:ident),*]; )*) => { $(
        pub struct $name { $(pub $field: i32),* }

        impl $name {
            /// Bytes of the narrow form, and of the wide form without its prefix.
            pub const NARROW: usize = 1 $( + Kind::$kind.width(false) )*;
            pub const WIDE: usize = 1 $( + Kind::$kind.width(true) )*;

            /// Reads the operands behind the opcode at `pc`.
            ///
            /// # Safety
            /// `pc` is at this instruction's opcode in verified code.
            #[inline(always)]
            #[allow(unused_variables, unused_mut, unused_assignments)]
            pub unsafe fn read<const WIDE: bool>(pc: *const u8) -> Self {
                let mut at = 1;
                // SAFETY: passed on from the caller.
                #[allow(unused_unsafe)]
                unsafe { $( let $field = read(const { Kind::$kind.width(WIDE) }, const { Kind::$kind.is_signed() }, pc, &mut at); )* $name { $($field),* } }
            }
        }
    )* };
}

tvm_bytecode::for_each_op!(readers);
