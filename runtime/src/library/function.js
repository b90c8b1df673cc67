// Function (20.2), where its operations may run code.

function functionApply(receiver, list) {
  return %apply(this, receiver, listFromArrayLike(list));
}

function functionBind(receiver, ...values) {
  let length = 0;
  if (%getOwnDescriptor(this, "length") !== undefined) {
    const own = this.length;
    if (typeof own === "number") {
      length = %toInteger(own) - values.length;
      if (length < 0) length = 0;
    }
  }
  const proto = %getPrototypeOf(this);
  const name = this.name;
  return %makeBound(this, receiver, values, length, typeof name === "string" ? name : "", proto);
}

function functionHasInstance(value) {
  return ordinaryHasInstance(this, value);
}
