// Classes: fields, accessors, private names, static members, inheritance three deep with super
// calls, instanceof, Symbol.toPrimitive, and a mixin.
// => 459964 8000 7996

class Shape {
  static made = 0;
  #scale = 1;
  name = 'shape';

  constructor() {
    Shape.made++;
  }

  get scale() {
    return this.#scale;
  }

  set scale(value) {
    if (value <= 0) throw new RangeError('a scale is positive');
    this.#scale = value;
  }

  area() {
    return 0;
  }

  scaled() {
    return this.area() * this.#scale * this.#scale;
  }

  static of(kind, size) {
    return kind === 0 ? new Circle(size) : kind === 1 ? new Rectangle(size, size + 1) : new Square(size);
  }
}

class Circle extends Shape {
  constructor(radius) {
    super();
    this.radius = radius;
  }

  area() {
    return 3 * this.radius * this.radius;
  }

  get diameter() {
    return this.radius * 2;
  }
}

class Rectangle extends Shape {
  constructor(width, height) {
    super();
    this.width = width;
    this.height = height;
  }

  area() {
    return this.width * this.height;
  }

  scaled() {
    return super.scaled() + 1;
  }
}

class Square extends Rectangle {
  name = 'square';

  constructor(side) {
    super(side, side);
  }

  set side(value) {
    this.width = this.height = value;
  }

  get side() {
    return this.width;
  }

  [Symbol.toPrimitive](hint) {
    return hint === 'string' ? `${this.name}:${this.side}` : this.side;
  }
}

const Counted = (Base) =>
  class extends Base {
    #count = 0;

    touch() {
      return ++this.#count;
    }

    has(other) {
      return #count in other;
    }
  };

class CountedSquare extends Counted(Square) {
  static #start = 3;

  static total(list) {
    return list.reduce((sum, item) => sum + +item, CountedSquare.#start);
  }
}

function run() {
  Shape.made = 0;
  let sum = 0;
  const shapes = [];
  for (let i = 0; i < 6000; i++) shapes.push(Shape.of(i % 3, (i % 50) + 1));
  for (let round = 1; round <= 6; round++) {
    for (const shape of shapes) {
      shape.scale = round;
      sum = (sum + shape.scaled() * shape.scale) % 1000003;
      if (shape instanceof Circle) sum += shape.diameter;
      else if (shape instanceof Square) shape.side += 1;
    }
  }
  const squares = Array.from({ length: 2000 }, (_, i) => new CountedSquare(i % 9));
  for (const square of squares) {
    for (let i = 0; i < 5; i++) sum += square.touch();
    sum += `${square}`.length + (square.has(squares[0]) ? 1 : 0) + (square.has(shapes[0]) ? 100 : 0);
  }
  return `${sum} ${Shape.made} ${CountedSquare.total(squares)}`;
}
