//! The container's form: header, section table, and ranges that lie one behind the other.

use std::ops::Range;

use super::{LoadError, Unit, u32_at};
use crate::layout::{self, FORMAT_ID, HEADER, MAGIC, MAX_FILE, Section};

/// The next range of a table's records in another section: the ranges partition it, in order.
struct Partition {
    table: Section,
    target: Section,
    expected: u32,
}

impl Partition {
    fn new(table: Section, target: Section) -> Partition {
        Partition { table, target, expected: 0 }
    }

    /// Takes record `index`'s range, its first entry and their number.
    fn take(&mut self, unit: &Unit, index: u32, [first, count]: [u32; 2]) -> Result<(), LoadError> {
        if first != self.expected || count > unit.count(self.target) - self.expected {
            let reason = format!("range in {} out of order or bounds", self.target.name());
            return Err(unit.error(self.table, index, reason));
        }
        self.expected += count;
        Ok(())
    }

    fn finish(self, unit: &Unit) -> Result<(), LoadError> {
        if self.expected != unit.count(self.target) {
            let reason = format!("bytes that no record of {} uses", self.table.name());
            return Err(unit.error(self.target, self.expected, reason));
        }
        Ok(())
    }
}

impl Unit {
    /// Checks that each table's ranges partition the section they point into.
    pub(super) fn check_ranges(&self) -> Result<(), LoadError> {
        use Section::*;
        self.check_table(Lists, [ListData], |unit, i| [unit.fields(Lists, i)])?;
        self.check_table(Scopes, [Slots], |unit, i| {
            let [_, _, first, count] = unit.fields(Scopes, i);
            [[first, count]]
        })?;
        self.check_table(Functions, [Constants, Feedback, Handlers, Lines, Code], |unit, i| {
            let r = unit.function(i);
            [
                [r.constant_first, r.constant_count],
                [r.feedback_first, r.feedback_count],
                [r.handler_first, r.handler_count],
                [r.lines_first, r.lines_count],
                [r.code_first, r.code_count],
            ]
        })?;
        self.check_table(Modules, [Requests, Imports, Exports], |unit, i| {
            let r = unit.module(i);
            [
                [r.request_first, r.request_count],
                [r.import_first, r.import_count],
                [r.export_first, r.export_count],
            ]
        })?;
        self.check_table(Sources, [SourceText], |unit, i| {
            let [_, first, count] = unit.fields(Sources, i);
            [[first, count]]
        })?;
        self.check_strings()
    }

    fn check_table<const N: usize>(
        &self,
        table: Section,
        targets: [Section; N],
        ranges: impl Fn(&Unit, u32) -> [[u32; 2]; N],
    ) -> Result<(), LoadError> {
        let mut parts = targets.map(|target| Partition::new(table, target));
        for index in 0..self.count(table) {
            for (part, range) in parts.iter_mut().zip(ranges(self, index)) {
                part.take(self, index, range)?;
            }
        }
        parts.into_iter().try_for_each(|part| part.finish(self))
    }

    fn check_strings(&self) -> Result<(), LoadError> {
        let data = self.section(Section::StringData);
        let mut expected = 0usize;
        for id in 0..self.string_count() {
            let [first, length] = self.fields(Section::Strings, id);
            let wide = length >> 31 == 1;
            if wide && expected % 2 == 1 {
                if data.get(expected) != Some(&0) {
                    return Err(self.error(Section::Strings, id, "bad padding before a UTF-16 string"));
                }
                expected += 1;
            }
            let bytes = (length & !(1 << 31)) as usize * (1 + usize::from(wide));
            if first as usize != expected || bytes > data.len() - expected {
                return Err(self.error(Section::Strings, id, "range out of order or bounds"));
            }
            expected += bytes;
            if wide && data[first as usize..expected].iter().skip(1).step_by(2).all(|&high| high == 0) {
                return Err(self.error(Section::Strings, id, "a UTF-16 string that fits Latin-1"));
            }
        }
        if expected != data.len() {
            return Err(self.error(Section::StringData, expected as u32, "bytes that no string uses"));
        }
        Ok(())
    }
}

fn header_error<T>(offset: usize, reason: String) -> Result<T, LoadError> {
    Err(LoadError { section: "Header", offset, reason })
}

pub(super) fn check_magic(bytes: &[u8]) -> Result<(), LoadError> {
    let fail = header_error;
    if bytes.len() < HEADER || bytes[..8] != MAGIC {
        return fail(0, "not a .tvm file (wrong magic or too short)".into());
    }
    let id = u64::from_le_bytes(std::array::from_fn(|i| bytes[8 + i]));
    if id != FORMAT_ID {
        let reason = format!(
            "format {id:016x}, but this tvm reads {FORMAT_ID:016x}; build the file again from its source"
        );
        return fail(8, reason);
    }
    Ok(())
}

pub(super) fn check_header(bytes: &[u8]) -> Result<(), LoadError> {
    check_magic(bytes)?;
    let fail = header_error;
    if u32_at(bytes, 32) as usize != bytes.len() {
        return fail(32, format!("{} bytes long, but the header says {}", bytes.len(), u32_at(bytes, 32)));
    }
    if bytes.len() > MAX_FILE {
        return fail(32, "longer than 2 GiB".into());
    }
    if u32_at(bytes, 44) != 0 {
        return fail(44, "reserved field is not 0".into());
    }
    if layout::checksum(bytes) != bytes[layout::CHECKSUM] {
        return fail(layout::CHECKSUM.start, "checksum does not match: the file was altered".into());
    }
    Ok(())
}

pub(super) fn read_sections(bytes: &[u8]) -> Result<[(u32, u32); Section::COUNT], LoadError> {
    let mut sections = [(0, 0); Section::COUNT];
    let mut end = layout::align8(HEADER);
    let gap_is_zero = |range: Range<usize>| bytes.get(range).is_some_and(|gap| gap.iter().all(|&b| b == 0));
    let fail = |name, offset, reason: &str| Err(LoadError { section: name, offset, reason: reason.into() });
    if !gap_is_zero(HEADER..end) {
        return fail("Header", HEADER, "padding is not zero");
    }
    for (index, &section) in Section::ALL.iter().enumerate() {
        let entry = layout::HEADER_FIXED + 8 * index;
        let (offset, length) = (u32_at(bytes, entry), u32_at(bytes, entry + 4));
        let last = offset as usize + length as usize;
        if offset as usize != end || last > bytes.len() {
            return fail(section.name(), entry, "out of order or out of the file");
        }
        if !(length as usize).is_multiple_of(section.record_bytes()) {
            return fail(section.name(), entry, "its length is not a whole number of records");
        }
        end = layout::align8(last);
        if !gap_is_zero(last..end) {
            return fail(section.name(), last, "padding is not zero");
        }
        sections[index] = (offset, length);
    }
    if end != bytes.len() {
        return fail("Header", end, "bytes behind the last section");
    }
    Ok(sections)
}
