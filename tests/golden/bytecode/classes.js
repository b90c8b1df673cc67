class Base {
  #hidden = 1;
  static made = 0;
  constructor(name) { this.name = name; Base.made++; }
  get hidden() { return this.#hidden; }
  static { this.ready = true; }
}
class Derived extends Base {
  field = this.name;
  constructor() { super("derived"); }
  describe() { return super.hidden + this.field; }
}
