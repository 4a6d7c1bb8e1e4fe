// adamw: one step of AdamW in torch.optim.AdamW's order of arithmetic, in one pass. in: parameter,
// gradient, m, v (float tensors of one shape, dense), then f32 0-d scalars: learning rate, weight
// decay, bias correction 1 (1 - beta1^t), bias correction 2, clip scale, flag. out: parameter, m,
// v, usually the operands themselves. floats: [beta1, beta2, eps].
// With flag 0 the operands are copied where results are other memory, and nothing is written where
// they are the same.

constexpr int64_t UPDATE_CHUNK = 65536;

static int64_t update_chunks(const Call &call, int32_t) {
  return ceil_div(elements(call.in[0]), UPDATE_CHUNK);
}

// Results that an update leaves as they are.
static void keep_range(const Tensor &from, const Tensor &to, int64_t first, int64_t end) {
  if (from.data == to.data) return;
  const int64_t bytes = bytes_of(from.dtype);
  memcpy(to.data + first * bytes, from.data + first * bytes, (size_t)((end - first) * bytes));
}

static void adamw_run(const Call &call, int32_t, int64_t chunk, char *) {
  const Tensor &p = call.in[0], &g = call.in[1], &m = call.in[2], &v = call.in[3];
  const int64_t first = chunk * UPDATE_CHUNK, end = min64(elements(p), first + UPDATE_CHUNK);
  if (scalar_of(call.in[9]) == 0.0f) {
    keep_range(p, call.out[0], first, end);
    keep_range(m, call.out[1], first, end);
    return keep_range(v, call.out[2], first, end);
  }
  const double rate = scalar_of(call.in[4]), decay = scalar_of(call.in[5]),
               correction1 = scalar_of(call.in[6]), correction2 = scalar_of(call.in[7]);
  const Vec kept = splat((float)(1.0 - rate * decay)), step = splat((float)(-rate / correction1)),
            root = splat((float)::sqrt(correction2)), clip = splat(scalar_of(call.in[8]));
  const Vec new1 = splat((float)(1.0 - call.floats[0])), beta2 = splat((float)call.floats[1]),
            new2 = splat((float)(1.0 - call.floats[1])), eps = splat((float)call.floats[2]);
  for (int64_t i = first; i < end; i += LANES) {
    const int lanes = (int)min64(LANES, end - i);
    const Vec gradient = load_lanes(g.data, g.dtype, i, lanes) * clip,
              old1 = load_lanes(m.data, m.dtype, i, lanes);
    const Vec moment1 = fma(new1, gradient - old1, old1);
    const Vec moment2 =
        fma(new2 * gradient, gradient, load_lanes(v.data, v.dtype, i, lanes) * beta2);
    const Vec denominator = sqrt(moment2) / root + eps;
    store_lanes(call.out[0].data, p.dtype, i,
                fma(step, moment1 / denominator, load_lanes(p.data, p.dtype, i, lanes) * kept),
                lanes);
    store_lanes(call.out[1].data, m.dtype, i, moment1, lanes);
    store_lanes(call.out[2].data, v.dtype, i, moment2, lanes);
  }
}

// Tensors that an update reads (in) and writes (out): dense floats of the parameter's shape;
// scalars f32.
static const char *update_check(const Call &call, int tensors, int scalars, int results) {
  if (call.in_count != tensors + scalars || call.out_count != results)
    return "has another number of operands or results";
  for (int i = 0; i < tensors; i++) {
    if (present(call.in[i]) && (!is_float(call.in[i].dtype) || !is_dense(call.in[i]) ||
                                !same_shape(call.in[i], call.in[0])))
      return "operands must be dense floats of the parameter's shape";
  }
  for (int i = tensors; i < tensors + scalars; i++) {
    if (call.in[i].rank != 0 || call.in[i].dtype != F32)
      return "scalars must be f32 without dimensions";
  }
  return nullptr;
}

static const char *adamw_check(const Call &call) {
  if (call.float_count != 3) return "floats are beta1, beta2 and eps";
  const char *complaint = update_check(call, 4, 6, 3);
  if (complaint != nullptr) return complaint;
  for (int k = 0; k < 3; k++) {
    const Tensor &from = call.in[k == 0 ? 0 : k + 1];
    if (!same_shape(from, call.out[k]) || from.dtype != call.out[k].dtype || !is_dense(call.out[k]))
      return "results must look like their operands";
  }
  return nullptr;
}

constexpr Kernel adamw_kernel = {"adamw", 1,       update_chunks, adamw_run,
                                 nullptr, nullptr, nullptr,       adamw_check};
