//! Values there and back, and bytes that are no message.

use super::Refusal;
use crate::base::nowhere::Nowhere;
use crate::base::vm::{Limits, Vm};
use crate::builtins::setup::install_natives;
use crate::heap::{Heap, HeapOptions, Isolate, Zeal};
use crate::library;
use tvm_bytecode::Verified;

fn isolate() -> Isolate {
    let limits = Limits { heap_bytes: 64 << 20, ..Limits::default() };
    let options = HeapOptions { limit_bytes: limits.heap_bytes, stack_slots: 1 << 16, zeal: Zeal::None };
    let heap = Heap::new(options).expect("a heap");
    let mut isolate = Isolate { heap, vm: Vm::new(limits, Box::new(Nowhere), None) };
    install_natives();
    let unit = Verified::embedded_library(library::UNIT).expect("the library");
    isolate.set_up(unit).expect("it is set up");
    isolate
}

/// Reads bytes; whether they are a message. Nothing else may come of them.
fn reads(isolate: &mut Isolate, bytes: &[u8]) -> bool {
    let read = isolate.enter(|cx| match cx.read_message(bytes) {
        Ok(_) => Ok(true),
        Err(crate::base::exit::Exit::Throw) => {
            cx.take_exception();
            Ok(false)
        }
        Err(exit) => Err(exit),
    });
    let termination = isolate.vm.take_termination();
    assert!(
        !matches!(termination, Some(crate::base::exit::Termination::Bug(_))),
        "{bytes:?}: {termination:?}"
    );
    read.unwrap_or(false)
}

/// A message with one of everything, made by hand.
fn sample() -> Vec<u8> {
    use super::tag::*;
    let mut bytes = vec![ARRAY, 12, 12];
    bytes.extend([OBJECT, LATIN1, 1, b'a', INT, 3, KEY_INDEX, 7, SEEN, 0, END]);
    bytes.extend([MAP, INT, 2, SET, TRUE, NULL, END, END]);
    bytes.push(DATE);
    bytes.extend(86_400_000.0f64.to_le_bytes());
    bytes.extend([REGEXP, LATIN1, 2, b'a', b'+', LATIN1, 1, b'g']);
    bytes.extend([BOXED, LATIN1, 1, b'x']);
    bytes.extend([TYPED, BUFFER, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 3, 2, 3]);
    bytes.extend([ERROR, 5, 7, LATIN1, 1, b'm', LATIN1, 1, b's', OBJECT, END]);
    bytes.extend([BIGINT, 1, 1, 9, 0, 0, 0, 0, 0, 0, 0]);
    bytes.extend([UTF16, 1, 0, 0xD8, HOLE, UNDEFINED, DOUBLE]);
    bytes.extend(1.5f64.to_le_bytes());
    bytes.push(END);
    bytes
}

#[test]
fn a_message_is_written_as_it_was_read() {
    let mut isolate = isolate();
    isolate.vm.seat = Some(Box::default());
    let bytes = sample();
    let written = isolate.enter(|cx| {
        let value = cx.read_message(&bytes).map_err(|_| Refusal::Stopped)?;
        cx.write_message(value, true).map_err(|_| Refusal::Stopped)?
    });
    let written = written.expect("it is plain data");
    // Indexed properties come before named ones.
    let again = isolate.enter(|cx| {
        let value = cx.read_message(&written).map_err(|_| Refusal::Stopped)?;
        cx.write_message(value, true).map_err(|_| Refusal::Stopped)?
    });
    assert_eq!(again, Ok(written.clone()));
    assert_eq!(written.len(), bytes.len());
}

#[test]
fn what_is_cut_short_is_refused() {
    let mut isolate = isolate();
    let bytes = sample();
    assert!(reads(&mut isolate, &bytes));
    for end in 0..bytes.len() {
        assert!(!reads(&mut isolate, &bytes[..end]), "{end} bytes");
    }
    assert!(!reads(&mut isolate, &[&bytes[..], &[0]].concat()), "more than a message");
}

#[test]
fn any_bytes_are_safe_to_read() {
    let mut isolate = isolate();
    let bytes = sample();
    let mut state = 0x2545_F491_4F6C_DD1Du64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut refused = 0;
    for _ in 0..20_000 {
        let mut bytes = bytes.clone();
        for _ in 0..1 + random() % 4 {
            let at = random() as usize % bytes.len();
            bytes[at] = if random() % 2 == 0 { random() as u8 % 28 } else { random() as u8 };
        }
        refused += u32::from(!reads(&mut isolate, &bytes));
    }
    assert!(refused > 1000, "{refused} were refused");
}

#[test]
fn nesting_takes_no_native_stack() {
    let mut isolate = isolate();
    for nest in [super::tag::SET, super::tag::BOXED, super::tag::TYPED, super::tag::REGEXP, super::tag::MAP] {
        assert!(!reads(&mut isolate, &vec![nest; 300_000]));
    }
    let deep = [vec![super::tag::SET; 100_000], vec![super::tag::END; 100_000]].concat();
    assert!(reads(&mut isolate, &deep));
}
