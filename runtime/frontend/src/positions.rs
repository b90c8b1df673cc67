//! Byte offsets to lines and columns.

/// Bytes between two known counts of code units.
const STEP: usize = 1024;

/// Line starts of one source text, and counts of UTF-16 code units: looking a place up takes the same time however
/// long its line is.
pub(crate) struct LineIndex<'a> {
    text: &'a str,
    starts: Vec<u32>,
    /// Code units before each multiple of [`STEP`]; empty where the text is ASCII.
    units: Vec<u32>,
}

/// UTF-16 code units that begin in some bytes of UTF-8.
fn units_in(bytes: &[u8]) -> u32 {
    bytes.iter().map(|&byte| u32::from(byte & 0xC0 != 0x80) + u32::from(byte >= 0xF0)).sum()
}

impl<'a> LineIndex<'a> {
    /// Line terminators are those of ECMA-262 12.3: LF, CR, CR LF, U+2028, U+2029.
    pub(crate) fn new(text: &'a str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for (i, &byte) in bytes.iter().enumerate() {
            let ends = match byte {
                b'\n' => true,
                b'\r' => bytes.get(i + 1) != Some(&b'\n'),
                0xA8 | 0xA9 => i >= 2 && bytes[i - 2] == 0xE2 && bytes[i - 1] == 0x80,
                _ => false,
            };
            if ends {
                starts.push(i as u32 + 1);
            }
        }
        let mut units = Vec::new();
        if !text.is_ascii() {
            let mut total = 0;
            for chunk in bytes.chunks(STEP) {
                units.push(total);
                total += units_in(chunk);
            }
            units.push(total);
        }
        LineIndex { text, starts, units }
    }

    /// Line and column, both from 1, the column in UTF-16 code units.
    pub(crate) fn position(&self, offset: u32) -> (u32, u32) {
        let line = self.starts.partition_point(|&start| start <= offset) - 1;
        let column = self.units_before(offset) - self.units_before(self.starts[line]);
        (line as u32 + 1, column + 1)
    }

    /// Code units before a byte.
    fn units_before(&self, offset: u32) -> u32 {
        let offset = (offset as usize).min(self.text.len());
        match self.units.get(offset / STEP) {
            None => offset as u32,
            Some(&before) => before + units_in(&self.text.as_bytes()[offset / STEP * STEP..offset]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_terminator_counts_and_columns_are_utf16() {
        let index = LineIndex::new("a\nb\r\nc\rd\u{2028}é😀x");
        assert_eq!(index.position(0), (1, 1));
        assert_eq!(index.position(2), (2, 1));
        assert_eq!(index.position(5), (3, 1));
        assert_eq!(index.position(7), (4, 1));
        assert_eq!(index.position(11), (5, 1));
        assert_eq!(index.position(17), (5, 4));
    }

    #[test]
    fn long_lines_count_as_short_ones_do() {
        let text = "é😀x\n".repeat(3) + &"aé😀".repeat(2000);
        let index = LineIndex::new(&text);
        for (offset, _) in text.char_indices().step_by(97) {
            let start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
            let column = text[start..offset].encode_utf16().count() as u32 + 1;
            assert_eq!(index.position(offset as u32).1, column);
        }
    }
}
