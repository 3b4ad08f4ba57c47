"use strict";
const content = JSON.parse(document.getElementById("content").textContent);
const unpack = ({ shape, data }) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return { shape, numbers: Float64Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true)) };
};
const layers = content.layers.map((layer) =>
  Object.fromEntries(Object.entries(layer).map(([name, value]) => [name, value.data === undefined ? value : unpack(value)])));

// Rows of a matrix, which begins at a place among numbers, times a vector.
const times = (numbers, start, vector, nRows) => Float64Array.from({ length: nRows }, (_, row) => {
  const place = start + row * vector.length;
  let sum = 0;
  for (let column = 0; column < vector.length; column += 1) sum += numbers[place + column] * vector[column];
  return sum;
});
// psi = C_L D_L(x) ... D_1(x) c_0 with D_l(x) = diag(exp(i F_l x)), then the expectation values of Pauli words.
const runCircuit = ({ frequencies, matrices, partners, factors }, x) => {
  const size = matrices.shape[2], square = size * size;
  let re = new Float64Array(size), im = new Float64Array(size);
  for (let k = 0; k < size; k += 1) {
    re[k] = matrices.numbers[k * size];
    im[k] = matrices.numbers[square + k * size];
  }
  for (let layer = 0; layer < frequencies.shape[0]; layer += 1) {
    const phases = times(frequencies.numbers, layer * size * x.length, x, size);
    const turnedRe = re.map((value, k) => value * Math.cos(phases[k]) - im[k] * Math.sin(phases[k]));
    const turnedIm = re.map((value, k) => value * Math.sin(phases[k]) + im[k] * Math.cos(phases[k]));
    const real = 2 * square * (layer + 1), imaginary = real + square;
    const [a, b] = [times(matrices.numbers, real, turnedRe, size), times(matrices.numbers, imaginary, turnedIm, size)];
    const [c, d] = [times(matrices.numbers, imaginary, turnedRe, size), times(matrices.numbers, real, turnedIm, size)];
    re = a.map((value, k) => value - b[k]);
    im = c.map((value, k) => value + d[k]);
  }
  return Float64Array.from({ length: partners.shape[0] }, (_, word) => {
    let sum = 0;
    for (let k = 0; k < size; k += 1) {
      const other = partners.numbers[word * size + k];
      const [p, q] = [factors.numbers[2 * word * size + k], factors.numbers[(2 * word + 1) * size + k]];
      sum += re[k] * (re[other] * p - im[other] * q) + im[k] * (im[other] * p + re[other] * q);
    }
    return sum;
  });
};
const run = {
  affine: ({ weight, bias }, x) => times(weight.numbers, 0, x, bias.numbers.length).map((sum, row) => sum + bias.numbers[row]),
  leaky_relu: ({ slope }, x) => x.map((value) => (value < 0 ? slope * value : value)),
  tanh: (_, x) => x.map(Math.tanh),
  circuit: runCircuit,
};
// A latent vector to the pixels of an image, in [0, 1], and the circuit's expectation values.
const decode = (z) => {
  let x = Float64Array.from(z), values = [];
  for (const layer of layers) {
    x = run[layer.kind](layer, x);
    if (layer.kind === "circuit") values = x;
  }
  return { values, image: x.map((logit) => 1 / (1 + Math.exp(-logit))) };
};

const [nChannels, height, width] = content.shape;
const show = (canvas, image) => {
  canvas.width = width;
  canvas.height = height;
  const picture = new ImageData(width, height), size = width * height;
  for (let pixel = 0; pixel < size; pixel += 1) {
    for (let channel = 0; channel < 3; channel += 1) {
      picture.data[4 * pixel + channel] = Math.round(255 * image[(channel % nChannels) * size + pixel]);
    }
    picture.data[4 * pixel + 3] = 255;
  }
  canvas.getContext("2d").putImageData(picture, 0, 0);
};
const made = (name, parent, attributes = {}) => parent.appendChild(Object.assign(document.createElement(name), attributes));
const element = (id) => document.getElementById(id);

const sliders = content.low.map((low, dimension) => {
  const row = made("label", element("sliders"), { className: "row" });
  made("span", row, { textContent: `z${dimension}` });
  const high = content.high[dimension];
  const input = made("input", row, { type: "range", min: low, max: high, step: (high - low) / 1000 });
  return { input, output: made("output", row) };
});
const bars = (content.words ?? []).map((word) => {
  const row = made("div", element("values"), { className: "row" });
  made("span", row, { textContent: word });
  return { bar: made("div", made("div", row, { className: "bar" })), output: made("output", row) };
});
element("circuit").hidden = content.words === null;

const update = (z) => {
  sliders.forEach(({ input, output }, dimension) => {
    // A draw may lie beyond the slider's end.
    input.min = Math.min(input.min, z[dimension]);
    input.max = Math.max(input.max, z[dimension]);
    input.value = z[dimension];
    output.textContent = z[dimension].toFixed(2);
  });
  const { values, image } = decode(z);
  show(element("image"), image);
  bars.forEach(({ bar, output }, word) => {
    bar.style.left = `${50 * (1 + Math.min(0, values[word]))}%`;
    bar.style.width = `${50 * Math.abs(values[word])}%`;
    output.textContent = values[word].toFixed(3);
  });
};
for (const { input } of sliders) input.addEventListener("input", () => update(sliders.map((slider) => Number(slider.input.value))));

const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
element("draw").addEventListener("click", () => {
  const draws = content.factor[0].map(normal);
  update(content.mean.map((mean, row) => content.factor[row].reduce((sum, factor, k) => sum + factor * draws[k], mean)));
});

const ends = [element("from"), element("to")];
ends.forEach((select, end) => {
  content.latents.forEach((_, image) => made("option", select, { value: image, textContent: image }));
  select.value = Math.min(end, content.latents.length - 1);
});
const goBetween = () => {
  const [first, last] = ends.map((select) => content.latents[select.value]);
  show(element("first"), decode(first).image);
  show(element("last"), decode(last).image);
  const way = Number(element("way").value);
  update(first.map((value, dimension) => value + way * (last[dimension] - value)));
};
for (const control of [...ends, element("way")]) control.addEventListener("input", goBetween);
goBetween();
