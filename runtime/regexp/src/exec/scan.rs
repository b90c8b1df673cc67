//! Where to try next: the strategies of `program/scan.rs`, carried out.

use crate::program::Program;
use crate::program::scan::{Needle, Sequence, Start};

use super::find::{find_in, find_not_in};
use super::text::{Text, find_unit, splits_pair};

/// The first place at or after `from` where a match may begin.
#[inline]
pub(super) fn next<T: Text>(program: &Program, text: &[T::Unit], from: usize) -> Option<usize> {
    // Places from which the shortest match does not fit are out.
    let last = text.len().checked_sub(program.scan.min_length as usize)?;
    let mut from = from;
    loop {
        let place = candidate::<T>(program, text, from).filter(|&place| place <= last)?;
        let on_boundary = match program.scan.boundary {
            Some((word, wanted)) => is_boundary::<T>(program, word, text, place) == wanted,
            None => true,
        };
        if on_boundary && !splits_pair::<T>(text, place) {
            return Some(place);
        }
        from = place + 1;
    }
}

#[inline(always)]
fn is_boundary<T: Text>(program: &Program, word: u32, text: &[T::Unit], place: usize) -> bool {
    let is_word =
        |place: usize| text.get(place).is_some_and(|&unit| program.sets.contains(word, unit.into()));
    is_word(place) != (place > 0 && is_word(place - 1))
}

#[inline(always)]
fn candidate<T: Text>(program: &Program, text: &[T::Unit], from: usize) -> Option<usize> {
    match &program.scan.start {
        Start::Everywhere => Some(from),
        Start::Text => (from == 0).then_some(0),
        Start::Line { terminators } => line_start::<T>(program, *terminators, text, from),
        Start::Set { set } => {
            let place = find_in::<T>(&program.sets, *set, text, from.min(text.len()), text.len());
            (place < text.len()).then_some(place)
        }
        Start::Literal(needle) => T::find_needle(text, needle, from),
        Start::Sequence(sequence) => find_sequence::<T>(text, sequence, from),
    }
}

/// Where to go on after a failed try at `place`. May be beyond the end.
#[inline]
pub(super) fn after_failure<T: Text>(program: &Program, text: &[T::Unit], place: usize) -> usize {
    match program.scan.leading_run {
        Some(set) => find_not_in::<T>(&program.sets, set, text, place, text.len()) + 1,
        None => place + 1,
    }
}

fn line_start<T: Text>(program: &Program, terminators: u32, text: &[T::Unit], from: usize) -> Option<usize> {
    if from == 0 || program.sets.contains(terminators, text[from - 1].into()) {
        return Some(from);
    }
    let end = find_in::<T>(&program.sets, terminators, text, from, text.len());
    (end < text.len()).then_some(end + 1)
}

/// Shifts a bit along for every unit that may be the next of the sequence; a
/// bit that arrives at the end marks a place.
fn find_sequence<T: Text>(text: &[T::Unit], sequence: &Sequence, from: usize) -> Option<usize> {
    let arrived = 1_u32 << (sequence.length - 1);
    let mut state = 0_u32;
    for (position, &unit) in text.iter().enumerate().skip(from) {
        let unit: u32 = unit.into();
        let table = if unit < 256 { &sequence.low } else { &sequence.high };
        state = (2 * state + 1) & u32::from(table[(unit & 0xFF) as usize]);
        if state & arrived != 0 {
            return Some(position + 1 - sequence.length as usize);
        }
    }
    None
}

/// The first place from `from` where UTF-16 has the needle: its rarest unit is
/// searched for.
pub(super) fn find_needle_in_units(text: &[u16], needle: &Needle, from: usize) -> Option<usize> {
    let rarest = needle.units[needle.rarest];
    let mut at = from.checked_add(needle.rarest)?;
    loop {
        at += find_unit(text.get(at..)?, |unit| unit == rarest)?;
        let place = at - needle.rarest;
        if text[place..].starts_with(&needle.units) {
            return Some(place);
        }
        at += 1;
    }
}
