//! Text to units: the tables. Functions are in `function.rs`, modules in `module.rs`.

use super::TextError;
use super::cursor::{ListLabel, Parsed, Parser, parse_index};
use super::lexer::Token;
use crate::data::*;

/// The unit that a text describes.
pub fn parse(text: &str) -> Result<UnitData, TextError> {
    let mut parser = Parser::new(text)?;
    parser.unit()?;
    Ok(parser.unit)
}

impl Parser<'_> {
    fn unit(&mut self) -> Parsed<()> {
        self.skip_lines()?;
        while self.token != Token::End {
            let Token::Word(word) = self.token else { return self.expected("a definition") };
            let define = match word {
                "unit" => Self::entry,
                "meta" => Self::meta,
                "string" => Self::string_line,
                "list" => Self::list_line,
                "source" => Self::source,
                "scope" => Self::scope,
                "function" => Self::function,
                "module" => Self::module,
                _ => return self.expected("unit, meta, string, list, source, scope, function or module"),
            };
            self.take()?;
            define(self)?;
            if matches!(self.token, Token::Mark(_)) {
                return self.expected("a definition");
            }
        }
        if self.needs_source && self.unit.sources.is_empty() {
            let name = self.intern(Text::from_utf8(""));
            self.unit.sources.push(SourceData { name, text: String::new() });
        }
        Ok(())
    }

    /// The index of what is being defined: they come in order.
    pub fn define(&mut self, prefix: &str, count: usize) -> Parsed<()> {
        let expected = format!("{prefix}{count}");
        match self.token {
            Token::Word(word) if word == expected => self.take().map(drop),
            _ => self.expected(&format!("{expected}, the next in order")),
        }
    }

    fn entry(&mut self) -> Parsed<()> {
        self.unit.entry_kind = self.named("the kind of entry", EntryKind::from_name)?;
        if self.try_word("entry")? {
            self.unit.entry = self.id("fn")?;
        }
        self.end_line()
    }

    fn meta(&mut self) -> Parsed<()> {
        let pair = (self.string()?, self.string()?);
        self.unit.meta.push(pair);
        self.end_line()
    }

    fn string_line(&mut self) -> Parsed<()> {
        self.define("s", self.unit.strings.len())?;
        let text = self.literal()?;
        self.interned.entry(text.clone()).or_insert(self.unit.strings.len() as u32);
        self.unit.strings.push(text);
        self.end_line()
    }

    fn list_line(&mut self) -> Parsed<()> {
        self.define("list", self.unit.lists.len())?;
        self.list()?;
        if let Some(label) = self.list_labels.first() {
            return self.error(label.place, "a label outside a function");
        }
        self.end_line()
    }

    /// A list written out; its id is the next.
    pub fn list(&mut self) -> Parsed<ListId> {
        let id = self.unit.lists.len() as u32;
        let mut entries = Vec::new();
        self.mark("[")?;
        while !self.try_mark("]")? {
            if !entries.is_empty() {
                self.mark(",")?;
            }
            let entry = self.list_entry(id, entries.len())?;
            entries.push(entry);
        }
        self.unit.lists.push(entries);
        Ok(id)
    }

    fn list_entry(&mut self, list: ListId, entry: usize) -> Parsed<u32> {
        if let Token::Word(word) = self.token {
            if let Some(label) = parse_index("L", word) {
                self.list_labels.push(ListLabel { list, entry, label, place: self.place });
                self.take()?;
                return Ok(0);
            }
            let scope = parse_index("scope", word);
            if let Some(number) = scope.or_else(|| GlobalKind::from_name(word).map(|kind| kind as u32)) {
                self.take()?;
                return Ok(number);
            }
            return self.string();
        }
        if matches!(self.token, Token::Literal(_)) {
            return self.string();
        }
        // The first entry of a jump table is an int32.
        let negative = self.try_mark("-")?;
        let number = self.number()?;
        Ok(if negative { number.wrapping_neg() } else { number })
    }

    fn source(&mut self) -> Parsed<()> {
        self.define("source", self.unit.sources.len())?;
        let name = self.string()?;
        let mut text = String::new();
        self.block(|p| {
            let place = p.place;
            match String::from_utf16(&p.literal()?.units()) {
                Ok(piece) => text.push_str(&piece),
                Err(_) => return p.error(place, "a source text may not hold lone surrogates"),
            }
            Ok(())
        })?;
        self.unit.sources.push(SourceData { name, text });
        Ok(())
    }

    fn scope(&mut self) -> Parsed<()> {
        self.define("scope", self.unit.scopes.len())?;
        let kind = self.named("the kind of scope", ScopeKind::from_name)?;
        let parent = if self.try_word("parent")? { self.id("scope")? } else { NONE };
        let strict = self.try_word("strict")?;
        let mut slots = Vec::new();
        self.block(|p| {
            p.word("slot")?;
            let name = p.string()?;
            slots.push(SlotData { name, kind: p.named("the kind of slot", SlotKind::from_name)? });
            Ok(())
        })?;
        self.unit.scopes.push(ScopeData { parent, kind, strict, slots });
        Ok(())
    }
}
