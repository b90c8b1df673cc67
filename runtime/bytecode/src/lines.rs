//! Source positions by code offset, delta-coded.
//!
//! An entry holds from its code offset to the next entry's. In a file an entry is four varints: offset delta,
//! then `line delta` zigzag, `column` and `text length`; where the text length is not 0, a fifth one gives the
//! start of that text. The text is what an error message quotes ("x.y is not a function").

/// One position.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct LineEntry {
    /// Code offset from which it holds.
    pub pc: u32,
    /// Line, from 1.
    pub line: u32,
    /// Column in UTF-16 code units, from 1.
    pub column: u32,
    /// Start of the quotable text in the source, bytes of UTF-8.
    pub text_start: u32,
    /// Length of the quotable text; 0 where there is none.
    pub text_length: u32,
}

fn put(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn get(bytes: &mut &[u8]) -> Option<u32> {
    // Most numbers are small.
    if let Some((&byte, rest)) = bytes.split_first()
        && byte < 0x80
    {
        *bytes = rest;
        return Some(byte.into());
    }
    get_long(bytes)
}

fn get_long(bytes: &mut &[u8]) -> Option<u32> {
    let mut value = 0u64;
    for shift in (0..35).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7F) << shift;
        if byte < 0x80 {
            // A longer coding than needed would make two files of one table.
            return if byte == 0 && shift > 0 { None } else { u32::try_from(value).ok() };
        }
    }
    None
}

fn zigzag(value: i32) -> u32 {
    ((value << 1) ^ (value >> 31)) as u32
}

fn unzigzag(value: u32) -> i32 {
    (value >> 1) as i32 ^ -((value & 1) as i32)
}

/// Appends the coded table.
pub fn encode(entries: &[LineEntry], out: &mut Vec<u8>) {
    let mut before = LineEntry::default();
    for entry in entries {
        put(out, entry.pc.wrapping_sub(before.pc));
        put(out, zigzag(entry.line.wrapping_sub(before.line) as i32));
        put(out, entry.column);
        put(out, entry.text_length);
        if entry.text_length != 0 {
            put(out, entry.text_start);
        }
        before = *entry;
    }
}

/// Reads a coded table; ends early, with `Err`, at the first malformed entry.
pub struct Entries<'a> {
    bytes: &'a [u8],
    before: LineEntry,
}

impl<'a> Entries<'a> {
    /// Starts at the first entry.
    pub fn new(bytes: &'a [u8]) -> Self {
        Entries { bytes, before: LineEntry::default() }
    }

    fn read(&mut self) -> Option<LineEntry> {
        let bytes = &mut self.bytes;
        let pc = self.before.pc.checked_add(get(bytes)?)?;
        let line = self.before.line.wrapping_add(unzigzag(get(bytes)?) as u32);
        let column = get(bytes)?;
        let text_length = get(bytes)?;
        let text_start = if text_length != 0 { get(bytes)? } else { 0 };
        Some(LineEntry { pc, line, column, text_start, text_length })
    }
}

impl Iterator for Entries<'_> {
    type Item = Result<LineEntry, ()>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.bytes.is_empty() {
            return None;
        }
        match self.read() {
            Some(entry) => {
                self.before = entry;
                Some(Ok(entry))
            }
            None => {
                self.bytes = &[];
                Some(Err(()))
            }
        }
    }
}

/// The entry that holds at `pc`.
pub fn find(bytes: &[u8], pc: u32) -> Option<LineEntry> {
    Entries::new(bytes).map_while(Result::ok).take_while(|entry| entry.pc <= pc).last()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_round_trip_and_are_searched() {
        let entries: Vec<LineEntry> = (0..200u32)
            .map(|i| LineEntry {
                pc: i * i,
                line: 1 + (i * 7919) % 5000,
                column: i * 3 + 1,
                text_start: if i % 3 == 0 { i * 1000 } else { 0 },
                text_length: if i % 3 == 0 { 5 + i } else { 0 },
            })
            .collect();
        let mut bytes = Vec::new();
        encode(&entries, &mut bytes);
        let read: Vec<LineEntry> = Entries::new(&bytes).map(|entry| entry.expect("well formed")).collect();
        assert_eq!(read, entries);
        assert_eq!(find(&bytes, 0), Some(entries[0]));
        assert_eq!(find(&bytes, 150), Some(entries[12]));
        assert_eq!(find(&[], 3), None);
    }

    #[test]
    fn overlong_and_cut_codings_are_refused() {
        assert!(Entries::new(&[0x80, 0x00, 2, 1, 0]).any(|entry| entry.is_err()));
        assert!(Entries::new(&[5, 2]).any(|entry| entry.is_err()));
    }
}
