//! Modules from text.

use super::cursor::{Parsed, Parser};
use super::lexer::Token;
use crate::data::*;

impl Parser<'_> {
    /// `moduleN STR KIND field... { entry... }`
    pub(super) fn module(&mut self) -> Parsed<()> {
        self.define("module", self.unit.modules.len())?;
        let name = self.string()?;
        let kind = self.named("the kind of module", ModuleKind::from_name)?;
        let mut m = ModuleData {
            name,
            kind,
            init: NONE,
            body: NONE,
            scope: NONE,
            text: NONE,
            is_async: false,
            requests: Vec::new(),
            imports: Vec::new(),
            exports: Vec::new(),
        };
        while let Token::Word(field) = self.token {
            self.take()?;
            match field {
                "body" => m.body = self.id("fn")?,
                "init" => m.init = self.id("fn")?,
                "scope" => m.scope = self.id("scope")?,
                "text" => m.text = self.string()?,
                "async" => m.is_async = true,
                _ => return self.expected("body, init, scope, text, async or `{` before this"),
            }
        }
        self.block(|p| p.module_entry(&mut m))?;
        self.unit.modules.push(m);
        Ok(())
    }

    fn module_entry(&mut self, m: &mut ModuleData) -> Parsed<()> {
        if self.try_word("request")? {
            let specifier = self.string()?;
            let attribute = if self.try_word("attribute")? { self.string()? } else { NONE };
            let resolved = if self.try_word("resolved")? { self.id("module")? } else { NONE };
            m.requests.push(RequestData { specifier, attribute, resolved });
        } else if self.try_word("import")? {
            self.word("request")?;
            let request = self.number()?;
            self.word("name")?;
            let name = self.string()?;
            self.word("slot")?;
            m.imports.push(ImportData { request, name, slot: self.number()? });
        } else {
            if !self.try_word("export")? {
                return self.expected("request, import or export");
            }
            let export = self.export()?;
            m.exports.push(export);
        }
        Ok(())
    }

    fn export(&mut self) -> Parsed<ExportData> {
        if self.try_word("star")? {
            self.word("request")?;
            return Ok(ExportData::Star { request: self.number()? });
        }
        let name = self.string()?;
        if self.try_word("slot")? {
            return Ok(ExportData::Local { name, slot: self.number()? });
        }
        self.word("request")?;
        let request = self.number()?;
        self.word("name")?;
        Ok(ExportData::Indirect { name, request, import_name: self.string()? })
    }
}
