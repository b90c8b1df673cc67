//! Constants from text.

use super::cursor::{Parsed, Parser};
use super::lexer::Token;
use crate::data::*;

impl Parser<'_> {
    /// A constant: its kind and value, or a string literal alone.
    pub(super) fn constant(&mut self) -> Parsed<Constant> {
        if matches!(self.token, Token::Literal(_)) {
            return self.string().map(Constant::String);
        }
        let names = Constant::KIND_NAMES;
        let find = |word: &str| names.iter().position(|name| *name == word);
        let kind = self.named("the kind of constant", find)? as u32;
        let Some(example) = Constant::from_parts(kind, 0) else { return self.expected("a constant") };
        let payload = match example {
            Constant::Number(_) => return self.number_constant().map(Constant::Number),
            Constant::String(_) | Constant::BigInt(_) => self.string()?,
            Constant::Symbol(_) => self.symbol()?,
            Constant::Function(_) => self.id("fn")?,
            Constant::Scope(_) => self.id("scope")?,
            Constant::Keys(_)
            | Constant::Template(_)
            | Constant::JumpTable(_)
            | Constant::Slots(_)
            | Constant::Globals(_)
            | Constant::Eval(_) => self.list_operand()?,
        };
        Constant::from_parts(kind, payload.into()).map_or_else(|| self.expected("a constant"), Ok)
    }

    fn symbol(&mut self) -> Parsed<u32> {
        if self.try_word("none")? {
            return Ok(NONE);
        }
        if matches!(self.token, Token::Number(_)) {
            return self.number();
        }
        self.named("a well-known symbol", |word| WellKnownSymbol::from_name(word).map(|symbol| symbol as u32))
    }

    fn list_operand(&mut self) -> Parsed<ListId> {
        if self.token == Token::Mark("[") { self.list() } else { self.id("list") }
    }

    fn number_constant(&mut self) -> Parsed<f64> {
        let negative = self.try_mark("-")?;
        let magnitude = match self.token {
            Token::Word("NaN") => Some(f64::NAN),
            Token::Word("Infinity") => Some(f64::INFINITY),
            Token::Number(digits) => parse_number(digits),
            _ => None,
        };
        match magnitude {
            Some(magnitude) => {
                self.take()?;
                Ok(if negative { -magnitude } else { magnitude })
            }
            None => self.expected("a number, NaN, Infinity or 64 bits as 0x..."),
        }
    }
}

fn parse_number(digits: &str) -> Option<f64> {
    match digits.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok().map(f64::from_bits),
        None => digits.parse().ok(),
    }
}
