//! Byte offsets to lines and columns.

/// Line starts of one source text.
pub(crate) struct LineIndex<'a> {
    text: &'a str,
    starts: Vec<u32>,
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
        LineIndex { text, starts }
    }

    /// Line and column, both from 1, the column in UTF-16 code units.
    pub(crate) fn position(&self, offset: u32) -> (u32, u32) {
        let line = self.starts.partition_point(|&start| start <= offset) - 1;
        let start = self.starts[line] as usize;
        let end = (offset as usize).min(self.text.len());
        let prefix = self.text.get(start..end).unwrap_or("");
        let column = if prefix.is_ascii() { prefix.len() } else { prefix.encode_utf16().count() };
        (line as u32 + 1, column as u32 + 1)
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
}
