//! Group names: `RegExpIdentifierName` of clause 22.2.1, read in every mode
//! with pairs joined and `\u` escapes decoded.

use super::tokens::Tokens;
use crate::error::SyntaxError;
use crate::unicode::property::{is_name_part, is_name_start};

/// Reads a name and the `>` after it; the `<` has been taken.
pub(super) fn read(tokens: &mut Tokens<'_>) -> Result<String, SyntaxError> {
    let mut name = String::new();
    loop {
        let offset = tokens.at;
        let invalid = SyntaxError::new("Invalid capture group name", offset);
        let point = match tokens.next_point() {
            Some(0x3E) if !name.is_empty() => return Ok(name),
            Some(0x5C) => escape(tokens).ok_or(SyntaxError::new("Invalid Unicode escape", offset))?,
            Some(point) => point,
            None => return Err(invalid),
        };
        let allowed = if name.is_empty() { is_name_start(point) } else { is_name_part(point) };
        match char::from_u32(point) {
            Some(character) if allowed => name.push(character),
            _ => return Err(invalid),
        }
    }
}

/// `RegExpUnicodeEscapeSequence[+UnicodeMode]` after its backslash.
fn escape(tokens: &mut Tokens<'_>) -> Option<u32> {
    if !tokens.eat(b'u') {
        return None;
    }
    if tokens.eat(b'{') {
        let value = tokens.digits(16, usize::MAX)?;
        let point = u32::try_from(value).ok().filter(|&point| point <= crate::charset::LAST)?;
        return tokens.eat(b'}').then_some(point);
    }
    let lead = four_digits(tokens)?;
    let after_lead = tokens.at;
    if (0xD800..0xDC00).contains(&lead)
        && tokens.eat(b'\\')
        && tokens.eat(b'u')
        && let Some(trail @ 0xDC00..0xE000) = four_digits(tokens)
    {
        return Some(0x10000 + ((lead - 0xD800) << 10) + (trail - 0xDC00));
    }
    tokens.at = after_lead;
    Some(lead)
}

fn four_digits(tokens: &mut Tokens<'_>) -> Option<u32> {
    let start = tokens.at;
    let value = tokens.digits(16, 4)?;
    (tokens.at - start == 4).then_some(value as u32)
}
