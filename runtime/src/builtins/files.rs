//! `%file%`: what `node/fs.js` asks of the host's files. The host checks the program's rights.

use super::encoding::bytes_of;
use crate::base::files::{FileFailure, FileKind, FileReply, FileRequest, FileStat, WriteMode};
use crate::heap::{Cx, Local, Value};
use crate::object::shape::info;
use crate::semantics::{Args, JsResult};

/// Requests by their names.
const REQUESTS: &[&str] = &[
    "read",
    "write",
    "stat",
    "list",
    "makeDirectory",
    "removeFile",
    "removeDirectory",
    "rename",
    "copy",
    "realPath",
    "readLink",
];

/// %file%: the request's name, a path, and what the request takes besides. An answer, or an object without prototype
/// that says why there is none.
pub fn file<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let name = text(cx, args, 0)?;
    let path = text(cx, args, 1)?;
    if !REQUESTS.contains(&name.as_str()) {
        return Err(cx.bug("no such request of files"));
    }
    cx.vm.spend(16)?;
    let other = match name.as_str() {
        "rename" | "copy" => text(cx, args, 2)?,
        _ => String::new(),
    };
    let bytes = if name == "write" {
        let value = args.get(cx, 2);
        bytes_of(cx, value)?
    } else {
        Vec::new()
    };
    let flag = args.get(cx, 3).value(cx).is_true();
    let mode = args.get(cx, 4).value(cx).as_number().unwrap_or(0.0) as u32;
    let how = match args.get(cx, 3).value(cx).as_int() {
        Some(1) => WriteMode::New,
        Some(2) => WriteMode::Append,
        _ => WriteMode::Replace,
    };
    // What would not fit into the heap is not read at all.
    let most = cx.heap.limit().saturating_sub(cx.heap.bytes_used()) as u64;
    let path = path.as_str();
    let request = match name.as_str() {
        "read" => FileRequest::Read { path, most },
        "write" => FileRequest::Write { path, bytes: &bytes, how, mode },
        "stat" => FileRequest::Stat { path, follow: flag },
        "list" => FileRequest::List { path },
        "makeDirectory" => FileRequest::MakeDirectory { path, recursive: flag, mode },
        "removeFile" => FileRequest::RemoveFile { path },
        "removeDirectory" => FileRequest::RemoveDirectory { path, recursive: flag },
        "rename" => FileRequest::Rename { from: path, to: &other },
        "copy" => FileRequest::Copy { from: path, to: &other, exclusive: flag, most },
        "realPath" => FileRequest::RealPath { path },
        _ => FileRequest::ReadLink { path },
    };
    match cx.vm.host.file(request) {
        Ok(reply) => answer(cx, reply),
        Err(failure) => refusal(cx, &failure),
    }
}

fn text<'s>(cx: &mut Cx<'s>, args: Args<'s>, index: usize) -> JsResult<'s, String> {
    let text = args.string(cx, index)?;
    cx.text(text)
}

fn answer<'s>(cx: &mut Cx<'s>, reply: FileReply) -> JsResult<'s> {
    match reply {
        FileReply::Done => Ok(cx.undefined()),
        FileReply::Bytes(bytes) => {
            cx.vm.spend(bytes.len() as u64 / 64)?;
            super::base64::new_uint8(cx, &bytes)
        }
        FileReply::Path(path) => cx.text_value(&path),
        FileReply::Stat(stat) => facts(cx, &stat),
        FileReply::Entries(entries) => {
            cx.vm.spend(entries.len() as u64)?;
            let list = cx.new_array(0, 0)?;
            for (name, kind) in &entries {
                cx.scope(|cx| {
                    let name = cx.text_value(name)?;
                    cx.array_push(list, name)?;
                    let kind = cx.local(kind_value(*kind));
                    cx.array_push(list, kind)
                })?;
            }
            Ok(list.any())
        }
    }
}

fn facts<'s>(cx: &mut Cx<'s>, stat: &FileStat) -> JsResult<'s> {
    let list = cx.new_array(0, 0)?;
    let kind = cx.local(kind_value(stat.kind));
    cx.array_push(list, kind)?;
    for &number in &stat.numbers {
        let number = cx.number(number);
        cx.array_push(list, number)?;
    }
    Ok(list.any())
}

/// The numbers of `UV_DIRENT_*`.
fn kind_value(kind: FileKind) -> Value<'static> {
    Value::int(match kind {
        FileKind::Other => 0,
        FileKind::File => 1,
        FileKind::Directory => 2,
        FileKind::Link => 3,
    })
}

fn refusal<'s>(cx: &mut Cx<'s>, failure: &FileFailure) -> JsResult<'s> {
    let null = cx.local(Value::NULL);
    let object = cx.new_object_with(null)?;
    let put = |cx: &mut Cx<'s>, name: &str, value: Local<'s>| {
        let key = cx.text_key(name)?;
        cx.put_own(object, key, value, info::DEFAULT)
    };
    match failure {
        FileFailure::Denied(message) => {
            let message = cx.text_value(message)?;
            put(cx, "denied", message)?;
        }
        FileFailure::System { code, errno, message } => {
            let (code, message) = (cx.text_value(code)?, cx.text_value(message)?);
            let errno = cx.local(Value::int(*errno));
            put(cx, "code", code)?;
            put(cx, "errno", errno)?;
            put(cx, "message", message)?;
        }
    }
    Ok(object.any())
}
