//! The parser's state and its small steps: the next token, numbers, names, ids, strings, blocks.

use std::collections::HashMap;

use super::TextError;
use super::lexer::{Lexer, Place, Token};
use crate::data::*;

pub(super) type Parsed<T> = Result<T, TextError>;

/// An entry of a list that names a label: resolved when the function around it ends.
pub(super) struct ListLabel {
    pub list: ListId,
    pub entry: usize,
    pub label: u32,
    pub place: Place,
}

pub(super) struct Parser<'a> {
    lexer: Lexer<'a>,
    /// The next token.
    pub token: Token<'a>,
    /// Where it starts.
    pub place: Place,
    pub unit: UnitData,
    pub interned: HashMap<Text, StringId>,
    pub list_labels: Vec<ListLabel>,
    /// Whether a function left its source out.
    pub needs_source: bool,
}

impl<'a> Parser<'a> {
    pub fn new(text: &'a str) -> Parsed<Parser<'a>> {
        let mut lexer = Lexer::new(text);
        let (token, place) = lexer.next()?;
        let unit = UnitData::default();
        let (interned, list_labels) = (HashMap::new(), Vec::new());
        Ok(Parser { lexer, token, place, unit, interned, list_labels, needs_source: false })
    }

    /// Takes the next token.
    pub fn take(&mut self) -> Parsed<Token<'a>> {
        let (token, place) = self.lexer.next()?;
        self.place = place;
        Ok(std::mem::replace(&mut self.token, token))
    }

    pub fn error<T>(&self, place: Place, message: impl Into<String>) -> Parsed<T> {
        Err(self.lexer.error(place, message))
    }

    /// The error that something else stands here.
    pub fn expected<T>(&self, what: &str) -> Parsed<T> {
        self.error(self.place, format!("expected {what}, found {}", self.token.describe()))
    }

    /// Takes the mark if it is next.
    pub fn try_mark(&mut self, mark: &str) -> Parsed<bool> {
        let found = matches!(self.token, Token::Mark(next) if next == mark);
        if found {
            self.take()?;
        }
        Ok(found)
    }

    pub fn mark(&mut self, mark: &str) -> Parsed<()> {
        if self.try_mark(mark)? { Ok(()) } else { self.expected(&format!("`{mark}`")) }
    }

    /// Takes the word if it is next.
    pub fn try_word(&mut self, word: &str) -> Parsed<bool> {
        let found = matches!(self.token, Token::Word(next) if next == word);
        if found {
            self.take()?;
        }
        Ok(found)
    }

    pub fn word(&mut self, word: &str) -> Parsed<()> {
        if self.try_word(word)? { Ok(()) } else { self.expected(&format!("`{word}`")) }
    }

    /// A word that `find` knows.
    pub fn named<T>(&mut self, what: &str, find: impl Fn(&str) -> Option<T>) -> Parsed<T> {
        match self.token {
            Token::Word(word) if let Some(found) = find(word) => {
                self.take()?;
                Ok(found)
            }
            _ => self.expected(what),
        }
    }

    /// An unsigned number.
    pub fn number(&mut self) -> Parsed<u32> {
        match self.token {
            Token::Number(digits) if let Ok(number) = digits.parse() => {
                self.take()?;
                Ok(number)
            }
            _ => self.expected("a number from 0 to 4294967295"),
        }
    }

    /// A number with an optional sign.
    pub fn signed(&mut self) -> Parsed<i64> {
        let negative = self.try_mark("-")?;
        if !negative {
            self.try_mark("+")?;
        }
        let magnitude = i64::from(self.number()?);
        Ok(if negative { -magnitude } else { magnitude })
    }

    /// An index behind its prefix, such as `k5`.
    pub fn index(&mut self, prefix: &str) -> Parsed<u32> {
        match self.token {
            Token::Word(word) if let Some(index) = parse_index(prefix, word) => {
                self.take()?;
                Ok(index)
            }
            _ => self.expected(&format!("{prefix}0, {prefix}1, ...")),
        }
    }

    /// An index behind its prefix, or `none`.
    pub fn id(&mut self, prefix: &str) -> Parsed<u32> {
        if self.try_word("none")? {
            return Ok(NONE);
        }
        self.index(prefix)
    }

    /// A string: its id, or a literal, which is interned.
    pub fn string(&mut self) -> Parsed<StringId> {
        if !matches!(self.token, Token::Literal(_)) {
            return self.id("s");
        }
        let text = self.literal()?;
        Ok(self.intern(text))
    }

    pub fn literal(&mut self) -> Parsed<Text> {
        if !matches!(self.token, Token::Literal(_)) {
            return self.expected("a string");
        }
        let Token::Literal(units) = self.take()? else { return self.expected("a string") };
        Ok(Text::from_utf16(&units))
    }

    pub fn intern(&mut self, text: Text) -> StringId {
        let next = self.unit.strings.len() as u32;
        *self.interned.entry(text).or_insert_with_key(|text| {
            self.unit.strings.push(text.clone());
            next
        })
    }

    /// The end of a line, or of the block on the same line.
    pub fn end_line(&mut self) -> Parsed<()> {
        match self.token {
            Token::Newline => self.skip_lines(),
            Token::Mark("}") | Token::End => Ok(()),
            _ => self.expected("the end of the line"),
        }
    }

    pub fn skip_lines(&mut self) -> Parsed<()> {
        while self.token == Token::Newline {
            self.take()?;
        }
        Ok(())
    }

    fn open(&mut self) -> Parsed<()> {
        self.mark("{")?;
        self.skip_lines()
    }

    /// Takes the end of a block if it is next.
    pub fn try_close(&mut self) -> Parsed<bool> {
        let closed = self.try_mark("}")?;
        if closed {
            self.end_line()?;
        }
        Ok(closed)
    }

    /// Opens a block and reads entries up to its end.
    pub fn block(&mut self, mut entry: impl FnMut(&mut Self) -> Parsed<()>) -> Parsed<()> {
        self.open()?;
        while !self.try_close()? {
            entry(self)?;
            self.end_line()?;
        }
        Ok(())
    }
}

/// The number in a word such as `k5`.
pub(super) fn parse_index(prefix: &str, word: &str) -> Option<u32> {
    let digits = word.strip_prefix(prefix)?;
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| plain)
}
