//! Names for the REPL to complete: found without running guest code.

use crate::heap::cells::*;
use crate::heap::{Cx, Local};
use crate::object::lookup::Own;
use crate::object::realm::Intrinsic;
use crate::semantics::JsResult;

impl<'s> Cx<'s> {
    /// Names of what a path of property names leads to; of global variables where it is empty. Getters and proxies end
    /// the search. May allocate.
    pub fn completions(&mut self, path: &[String]) -> JsResult<'s, Vec<String>> {
        let global = self.intrinsic(Intrinsic::Global);
        let lexicals = self.intrinsic(Intrinsic::Lexicals);
        let mut names = Vec::new();
        let Some((first, rest)) = path.split_first() else {
            self.names_of(lexicals, &mut names)?;
            self.names_of(global, &mut names)?;
            return Ok(names);
        };
        let mut found = self.data_property(lexicals, first)?;
        if found.is_none() {
            found = self.data_property(global, first)?;
        }
        for name in rest {
            found = match found {
                Some(value) => self.data_property(value, name)?,
                None => None,
            };
        }
        if let Some(value) = found {
            self.names_of(value, &mut names)?;
        }
        Ok(names)
    }

    /// Where properties of a value are looked for.
    fn property_holder(&self, value: Local<'s>) -> Option<Local<'s, Object>> {
        if let Some(object) = value.as_object(self) {
            return (!object.get(self).is::<Proxy>()).then_some(object);
        }
        let proto = self.primitive_proto(value.value(self))?;
        self.intrinsic(proto).as_object(self)
    }

    fn data_property(&mut self, value: Local<'s>, name: &str) -> JsResult<'s, Option<Local<'s>>> {
        let key = self.text_key(name)?;
        let mut link = self.property_holder(value);
        while let Some(object) = link {
            match self.own(object, key)? {
                Own::Data(value, _) if value.value(self).is_hole() => return Ok(None),
                Own::Data(value, _) => return Ok(Some(value)),
                Own::None => link = self.next_holder(object),
                _ => return Ok(None),
            }
        }
        Ok(None)
    }

    fn next_holder(&self, object: Local<'s, Object>) -> Option<Local<'s, Object>> {
        let proto = object.get(self).shape(self).proto().root(self).as_object(self)?;
        (!proto.get(self).is::<Proxy>()).then_some(proto)
    }

    /// Names of a value's properties, inherited ones included.
    fn names_of(&mut self, value: Local<'s>, names: &mut Vec<String>) -> JsResult<'s, ()> {
        let mut link = self.property_holder(value);
        while let Some(object) = link {
            self.scope(|cx| {
                let keys = cx.own_names(object)?;
                for i in 0..keys.get(cx).length() as usize {
                    if let Some(text) = keys.get(cx).item(cx, i).as_string(cx) {
                        names.push(text.to_text(cx));
                    }
                }
                Ok(())
            })?;
            link = self.next_holder(object);
        }
        Ok(())
    }
}
