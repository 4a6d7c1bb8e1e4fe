// sgd: one step of torch.optim.SGD (dampening 0). in: parameter, gradient, momentum buffer? (dense
// floats of one shape), then f32 0-d: learning rate, weight decay, clip scale, flag.
// out: parameter, buffer (absent or empty without momentum), usually the operands themselves.
// floats: [momentum]. ints: [nesterov 0/1]. A zero buffer gives PyTorch's first step. Flag 0
// changes nothing.

static void sgd_run(const Call &call, int32_t, int64_t chunk, char *) {
  const Tensor &p = call.in[0], &g = call.in[1], &b = call.in[2];
  const int64_t first = chunk * UPDATE_CHUNK, end = min64(elements(p), first + UPDATE_CHUNK);
  const bool momentum = present(b), nesterov = call.ints[0] != 0;
  if (scalar_of(call.in[6]) == 0.0f) {
    keep_range(p, call.out[0], first, end);
    if (momentum) keep_range(b, call.out[1], first, end);
    return;
  }
  const Vec rate = splat(scalar_of(call.in[3])), decay = splat(scalar_of(call.in[4])),
            clip = splat(scalar_of(call.in[5])), kept = splat((float)call.floats[0]);
  for (int64_t i = first; i < end; i += LANES) {
    const int lanes = (int)min64(LANES, end - i);
    const Vec parameter = load_lanes(p.data, p.dtype, i, lanes);
    Vec step = fma(decay, parameter, load_lanes(g.data, g.dtype, i, lanes) * clip);
    if (momentum) {
      const Vec velocity = fma(kept, load_lanes(b.data, b.dtype, i, lanes), step);
      store_lanes(call.out[1].data, b.dtype, i, velocity, lanes);
      step = nesterov ? fma(kept, velocity, step) : velocity;
    }
    store_lanes(call.out[0].data, p.dtype, i, fnma(rate, step, parameter), lanes);
  }
}

static const char *sgd_check(const Call &call) {
  if (call.float_count != 1 || call.int_count != 1) return "floats are momentum, ints nesterov";
  const char *complaint = update_check(call, 3, 4, 2);
  if (complaint != nullptr) return complaint;
  if (!same_shape(call.in[0], call.out[0]) || call.in[0].dtype != call.out[0].dtype ||
      !is_dense(call.out[0]))
    return "the new parameter must look like the old one";
  if (present(call.in[2]) && (!has_out(call, 1) || !same_shape(call.in[2], call.out[1]) ||
                              call.in[2].dtype != call.out[1].dtype || !is_dense(call.out[1])))
    return "the new buffer must look like the old one";
  return nullptr;
}

constexpr Kernel sgd_kernel = {"sgd",   1,       update_chunks, sgd_run,
                               nullptr, nullptr, nullptr,       sgd_check};
