//! CallSite: a frame as `Error.prepareStackTrace` gets it, after V8. What would hand out objects of the program
//! (`getThis`, `getFunction`) gives undefined, as V8 does of strict code.

use super::slotted::{class, new_slotted};
use super::table::*;
use crate::heap::cells::*;
use crate::heap::{Cx, Local, Value};
use crate::object::realm::Intrinsic;
use crate::semantics::trace::Site;
use crate::semantics::{Args, JsResult};

/// The slots of a CallSite.
mod field {
    pub const FILE: usize = 0;
    pub const LINE: usize = 1;
    pub const COLUMN: usize = 2;
    pub const FUNCTION: usize = 3;
    pub const TYPE: usize = 4;
    pub const METHOD: usize = 5;
    pub const TOPLEVEL: usize = 6;
    pub const CONSTRUCT: usize = 7;
    pub const ASYNC: usize = 8;
    pub const EVAL: usize = 9;
    pub const TEXT: usize = 10;
    pub const ORIGIN: usize = 11;
    pub const PROMISE_INDEX: usize = 12;
    pub const PROMISE_ALL: usize = 13;
}

/// The constructor, which cannot be called.
pub static CLASSES: &[Class] =
    &[Class::new("CallSite", 0, Intrinsic::CallSite, Intrinsic::CallSitePrototype, by_native(construct))
        .hidden()];

macro_rules! methods {
    ($($function:ident $name:literal $field:ident),* $(,)?) => {
        $( fn $function<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
            read(cx, args, $name, field::$field)
        } )*

        /// Properties of the prototype.
        pub static GROUPS: &[Group] = &[Group {
            on: Intrinsic::CallSitePrototype,
            rows: &[
                $( native($name, 0, $function), )*
                native("getFunction", 0, nothing),
                native("getThis", 0, nothing),
                native("isNative", 0, never),
            ],
        }];
    };
}

methods! {
    get_file_name "getFileName" FILE, get_script_name "getScriptNameOrSourceURL" FILE,
    get_line_number "getLineNumber" LINE, get_column_number "getColumnNumber" COLUMN,
    get_function_name "getFunctionName" FUNCTION, get_type_name "getTypeName" TYPE,
    get_method_name "getMethodName" METHOD, is_toplevel "isToplevel" TOPLEVEL,
    is_constructor "isConstructor" CONSTRUCT, is_async "isAsync" ASYNC, is_eval "isEval" EVAL,
    to_string "toString" TEXT, get_eval_origin "getEvalOrigin" ORIGIN,
    get_promise_index "getPromiseIndex" PROMISE_INDEX, is_promise_all "isPromiseAll" PROMISE_ALL,
}

fn construct<'s>(cx: &mut Cx<'s>, _: Args<'s>) -> JsResult<'s> {
    Err(cx.type_error("Illegal constructor"))
}

fn fields<'s>(cx: &mut Cx<'s>, args: Args<'s>, name: &str) -> JsResult<'s, Local<'s, Tuple>> {
    match args.this().cast::<Slotted>(cx) {
        Some(slotted) if slotted.get(cx).class() == class::CALL_SITE => {
            Ok(slotted.get(cx).fields(cx).root(cx))
        }
        _ => Err(cx.type_error(&format!("CallSite method {name} expects CallSite as receiver"))),
    }
}

fn read<'s>(cx: &mut Cx<'s>, args: Args<'s>, name: &str, field: usize) -> JsResult<'s> {
    let fields = fields(cx, args, name)?;
    Ok(fields.get(cx).at(cx, field).root(cx))
}

fn nothing<'s>(cx: &mut Cx<'s>, _: Args<'s>) -> JsResult<'s> {
    Ok(cx.undefined())
}

fn never<'s>(cx: &mut Cx<'s>, _: Args<'s>) -> JsResult<'s> {
    Ok(cx.boolean(false))
}

impl<'s> Cx<'s> {
    /// Has `Error.prepareStackTrace` make an object's `stack` of captured frames: an exit to the library's function
    /// that does so.
    pub(crate) fn prepare_stack(
        &mut self,
        function: u32,
        object: Local<'_, Object>,
        prepare: Local<'_>,
        frames: Local<'_, Tuple>,
    ) -> JsResult<'s> {
        let sites = self.sites(frames)?;
        let mut list = Vec::new();
        for site in &sites {
            list.push(self.scope_local(|cx| cx.call_site(site))?);
        }
        let array = self.array_of(&list)?;
        Err(self.call_library(function, &[object.any(), prepare, array.any()]))
    }

    fn call_site(&mut self, site: &Site) -> JsResult<'s> {
        let named = |cx: &mut Self, text: &str| match text {
            "" => Ok(cx.local(Value::NULL)),
            text => cx.text_value(text),
        };
        let file = match site.place {
            Some(_) if site.is_eval() => self.undefined(),
            Some(_) => self.text_value(&site.file)?,
            None => self.local(Value::NULL),
        };
        let origin = match site.eval_origin() {
            Some(origin) => self.text_value(origin)?,
            None => self.undefined(),
        };
        let promise_index = match site.promise_index {
            Some(index) => self.number(index.into()),
            None => self.local(Value::NULL),
        };
        let (line, column) = match site.place {
            Some((line, column)) => (self.number(line.into()), self.number(column.into())),
            None => (self.local(Value::NULL), self.local(Value::NULL)),
        };
        let (function, type_name) = (named(self, &site.function)?, named(self, &site.type_name)?);
        let (method, text) = (named(self, &site.method)?, self.text_value(&site.to_string())?);
        let is = [
            site.is_toplevel,
            site.is_construct,
            site.is_async,
            site.is_eval(),
            site.promise_index.is_some(),
        ];
        let [toplevel, construct, is_async, eval, promise_all] = is.map(|is| self.boolean(is));
        let proto = self.intrinsic(Intrinsic::CallSitePrototype);
        let [called, more] =
            [[toplevel, construct, is_async, eval], [text, origin, promise_index, promise_all]];
        let values = [&[file, line, column, function, type_name, method], &called[..], &more[..]].concat();
        new_slotted(self, proto, class::CALL_SITE, &values)
    }
}
