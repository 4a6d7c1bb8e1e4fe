// Programs: a serialised plan becomes steps with resolved kernels, checked once so that running
// needs no checks.
// Words (int64): [1, bases, bytes of each base..., steps, step...]; a step is [kernel (index into
// the names), inputs, outputs, ints, floats, workspace base or -1, workspace offset, workspace
// bytes, stream, step of the other stream that it comes after or -1, tensors..., ints..., floats
// (bits of f64)...]; a tensor is [-1] when absent, else [rank, base, byte offset, dtype, shape...,
// strides...]. Steps, operands and attributes may be as many as there are words for: the words are
// counted first, and one block of memory is allocated for all.
#include "runtime.h"

namespace automodel {
namespace {

constexpr int64_t FORMAT = 1;
constexpr int64_t HEADER_WORDS = 10;  // of a step

struct Reader {
  const int64_t *words;
  int64_t count, at;
  bool short_of_words;
  int64_t left() const { return at < count ? count - at : 0; }
  int64_t next() {
    if (at >= count) {
      short_of_words = true;
      return 0;
    }
    return words[at++];
  }
};

struct StepHeader {
  int64_t kernel, inputs, outputs, ints, floats, workspace_base, workspace_offset, workspace_bytes;
  int64_t stream, after;
  // Whether a Call can hold the counts.
  bool valid() const {
    const int64_t counts[] = {inputs, outputs, ints, floats};
    for (const int64_t n : counts)
      if (n < 0 || n > INT32_MAX) return false;
    return inputs + outputs <= INT32_MAX;
  }
  int64_t least_words() const { return inputs + outputs + ints + floats; }
  int64_t bytes() const {
    return (inputs + outputs) * (int64_t)(sizeof(Tensor) + sizeof(TensorSlot)) +
           (ints + floats) * 8;
  }
};

StepHeader read_header(Reader &r) {
  StepHeader h;
  int64_t *fields[] = {&h.kernel, &h.inputs,         &h.outputs,          &h.ints,
                       &h.floats, &h.workspace_base, &h.workspace_offset, &h.workspace_bytes,
                       &h.stream, &h.after};
  for (int64_t *field : fields) *field = r.next();
  return h;
}

// What parsing needs to fail with a text that names the step.
struct Parse {
  Reader r;
  const KernelSet &set;
  const char *names;
  const int64_t *base_bytes;
  int64_t base_count;
  int64_t step;
  char *error;
  int32_t capacity;
  bool fail(const char *text, const char *further = "") {
    write_error(error, capacity, "step ", step, text, further);
    return false;
  }
};

const Kernel *find_kernel(const Parse &p, int64_t index, const char *&name, char *text) {
  const char *at = p.names;
  for (; index > 0 && *at != 0; index--) {
    while (*at != 0 && *at != '\n') at++;
    if (*at == '\n') at++;
  }
  int32_t length = 0;
  while (at[length] != 0 && at[length] != '\n' && length < 127) text[length] = at[length], length++;
  text[length] = 0;
  name = text;
  for (int32_t i = 0; index == 0 && i < p.set.count; i++)
    if (strcmp(p.set.kernels[i].name, text) == 0) return &p.set.kernels[i];
  return nullptr;
}

int64_t element_bytes(int64_t dtype) {
  return dtype == F64 || dtype == I64   ? 8
         : dtype == F32 || dtype == I32 ? 4
         : dtype == BOOL                ? 1
                                        : 2;
}

// Whether a tensor lies within its base of `bytes` bytes (-1: unknown).
bool fits(const Tensor &t, int64_t offset, int64_t bytes) {
  int64_t low = 0, high = 0;
  for (int32_t d = 0; d < t.rank; d++) {
    if (t.shape[d] == 0) return true;
    int64_t reach;
    if (__builtin_mul_overflow(t.shape[d] - 1, t.stride[d], &reach)) return false;
    if (__builtin_add_overflow(reach < 0 ? low : high, reach, reach < 0 ? &low : &high))
      return false;
  }
  const int64_t size = element_bytes(t.dtype);
  int64_t first, last;
  if (__builtin_mul_overflow(low, size, &first) || __builtin_mul_overflow(high, size, &last))
    return false;
  if (__builtin_add_overflow(first, offset, &first) ||
      __builtin_add_overflow(last, offset + size, &last))
    return false;
  return first >= 0 && (bytes < 0 || last <= bytes);
}

bool read_tensor(Parse &p, Tensor &t, TensorSlot &slot) {
  t = {};
  slot = {-1, 0};
  const int64_t rank = p.r.next();
  if (rank < -1 || rank > MAX_RANK) return p.fail(": a tensor's rank must be -1 (absent) to 8");
  t.rank = (int32_t)rank;
  if (rank < 0) return true;
  slot.base = p.r.next();
  slot.offset = p.r.next();
  const int64_t dtype = p.r.next();
  if (slot.base < 0 || slot.base >= p.base_count)
    return p.fail(": a tensor names a base that does not exist");
  if (dtype < 0 || dtype > BOOL) return p.fail(": a tensor has an unknown dtype");
  t.dtype = (DType)dtype;
  for (int32_t d = 0; d < t.rank; d++)
    if ((t.shape[d] = p.r.next()) < 0) return p.fail(": a tensor has a negative size");
  for (int32_t d = 0; d < t.rank; d++) t.stride[d] = p.r.next();
  if (slot.offset < 0 || !fits(t, slot.offset, p.base_bytes[slot.base]))
    return p.fail(": a tensor reaches beyond its base");
  return true;
}

struct Arena {
  char *at;
  template <class T>
  T *take(int64_t n) {
    T *p = (T *)at;
    at += n * (int64_t)sizeof(T);
    return p;
  }
};

bool read_step(Parse &p, Step &step, Arena &arena) {
  const StepHeader h = read_header(p.r);
  char text[128];
  const char *name;
  step.kernel = find_kernel(p, h.kernel, name, text);
  if (step.kernel == nullptr) return p.fail(": no kernel is named ", name);
  const int64_t operands = h.inputs + h.outputs;
  Tensor *tensors = arena.take<Tensor>(operands);
  step.slots = arena.take<TensorSlot>(operands);
  for (int64_t i = 0; i < operands; i++)
    if (!read_tensor(p, tensors[i], step.slots[i])) return false;
  int64_t *ints = arena.take<int64_t>(h.ints);
  double *floats = arena.take<double>(h.floats);
  for (int64_t i = 0; i < h.ints; i++) ints[i] = p.r.next();
  for (int64_t i = 0; i < h.floats; i++) {
    const int64_t bits = p.r.next();
    memcpy(&floats[i], &bits, 8);
  }
  if (p.r.short_of_words) return p.fail(": the program ends inside this step");
  step.call = {tensors,
               tensors + h.inputs,
               (int32_t)h.inputs,
               (int32_t)h.outputs,
               ints,
               floats,
               (int32_t)h.ints,
               (int32_t)h.floats,
               nullptr};
  step.workspace_base = h.workspace_base;
  step.workspace_offset = h.workspace_offset;
  step.workspace_bytes = h.workspace_bytes;
  step.stream = (int32_t)h.stream;
  step.after = h.after;
  if (h.stream != COMPUTE && (h.stream != COMMUNICATION || step.kernel->meets == 0))
    return p.fail(": only collectives are on a stream of their own");
  if (h.after >= p.step) return p.fail(": comes after itself or a later step");
  step.what = step.kernel->meets == 0 ? 0 : what_it_does(*step.kernel, step.call);
  const char *complaint = step.kernel->check == nullptr ? nullptr : step.kernel->check(step.call);
  if (complaint == nullptr) return true;
  write_error(p.error, p.capacity, "step ", p.step, ", ", name);
  const int32_t length = (int32_t)strlen(p.error);
  write_error(p.error + length, p.capacity - length, ": ", NO_NUMBER, complaint);
  return false;
}

int64_t workspace_of(const Step &step) {
  return step.kernel->workspace_bytes == nullptr ? 0 : step.kernel->workspace_bytes(step.call);
}
int32_t phases_of(const Step &step) {
  return step.kernel->phase_count == nullptr ? step.kernel->phases
                                             : step.kernel->phase_count(step.call);
}

bool check_workspace(Parse &p, const Step &step) {
  const int64_t needed = workspace_of(step);
  if (needed == 0) return true;
  if (step.workspace_base < 0 || step.workspace_base >= p.base_count)
    return p.fail(" has no workspace: ", step.kernel->name);
  const int64_t bytes = p.base_bytes[step.workspace_base];
  if (step.workspace_bytes < needed)
    return p.fail(": the workspace is too small for ", step.kernel->name);
  if (step.workspace_offset < 0 || step.workspace_offset % 64 != 0)
    return p.fail(": the workspace must start at a multiple of 64 bytes");
  if (bytes >= 0 &&
      (step.workspace_offset > bytes || step.workspace_bytes > bytes - step.workspace_offset))
    return p.fail(": the workspace reaches beyond its base");
  return true;
}

// Bytes of all steps' tensors and attributes, by going over the words once.
bool measure(Parse &p, int64_t steps, int64_t &bytes) {
  const int64_t start = p.r.at;
  for (p.step = 0; p.step < steps; p.step++) {
    const StepHeader h = read_header(p.r);
    if (p.r.short_of_words) return p.fail(": the program ends inside this step");
    if (!h.valid()) return p.fail(": operand or attribute counts are out of range");
    if (h.least_words() > p.r.left()) return p.fail(": the program ends inside this step");
    bytes += h.bytes();
    for (int64_t i = 0; i < h.inputs + h.outputs; i++) {
      const int64_t rank = p.r.next();
      if (rank > MAX_RANK) return p.fail(": a tensor's rank must be -1 (absent) to 8");
      if (rank >= 0) p.r.at += 3 + 2 * rank;
    }
    p.r.at += h.ints + h.floats;
    if (p.r.at > p.r.count) return p.fail(": the program ends inside this step");
  }
  if (p.r.at != p.r.count)
    return p.fail(" would follow the last one: the program has more words than steps");
  p.r.at = start;
  return true;
}

bool read_steps(Parse &p, Program &program, Arena &arena) {
  int64_t phases = 0;
  for (p.step = 0; p.step < program.step_count; p.step++) {
    Step &step = program.steps[p.step];
    if (!read_step(p, step, arena) || !check_workspace(p, step)) return false;
    step.phases = phases_of(step);
    phases += step.phases;
    program.meets = program.meets || step.kernel->meets != 0;
    program.has_streams = program.has_streams || step.stream != COMPUTE;
    const int64_t scratch =
        step.kernel->scratch_bytes == nullptr ? 0 : step.kernel->scratch_bytes(step.call);
    if (scratch > program.scratch_bytes) program.scratch_bytes = scratch;
  }
  program.phase_count = phases;
  program.phases_bytes = 2 * phases * 8 + 64;
  program.phases = (int64_t *)allocate_bytes(program.phases_bytes);
  if (program.phases == nullptr) return p.fail(": out of memory");
  int64_t *chunks = program.phases, *alone = program.phases + phases;
  for (int64_t i = 0; i < program.step_count; i++) {
    Step &step = program.steps[i];
    step.chunks = chunks;
    step.alone = alone;
    alone += step.phases;
    for (int32_t phase = 0; phase < step.phases; phase++)
      *chunks++ = step.kernel->chunks(step.call, phase);
  }
  return true;
}

void destroy(Program *program) {
  if (program->phases != nullptr) free_bytes(program->phases, program->phases_bytes);
  free_bytes(program->memory, program->memory_bytes);
}

}  // namespace
}  // namespace automodel

using namespace automodel;

// Reads a program for a pool's kernels. `names` holds kernel names separated by newlines. Null,
// with a text, if anything is wrong.
AUTOMODEL_API Program *automodel_program_create(Pool *pool, const int64_t *words, int64_t count,
                                                const char *names, char *error, int32_t capacity) {
  Parse p{{words, count, 0, false}, pool->set, names, nullptr, 0, 0, error, capacity};
  if (p.r.next() != FORMAT) {
    write_error(error, capacity, "the program is not of format ", FORMAT);
    return nullptr;
  }
  p.base_count = p.r.next();
  p.base_bytes = words + p.r.at;
  if (p.base_count < 0 || p.base_count >= count) {
    write_error(error, capacity, "the program's number of bases is out of range", NO_NUMBER);
    return nullptr;
  }
  p.r.at += p.base_count;
  const int64_t steps = p.r.next();
  if (p.r.short_of_words || steps < 0 || steps > p.r.left() / HEADER_WORDS) {
    write_error(error, capacity, "the program's number of steps is out of range", NO_NUMBER);
    return nullptr;
  }
  int64_t bytes = (int64_t)sizeof(Program) + steps * (int64_t)(sizeof(Step) + 8);
  if (!measure(p, steps, bytes)) return nullptr;
  Arena arena{(char *)allocate_bytes(bytes)};
  if (arena.at == nullptr) {
    write_error(error, capacity, "out of memory for a program of bytes: ", bytes);
    return nullptr;
  }
  char *memory = arena.at;
  Program *program = arena.take<Program>(1);
  program->pool = pool;
  program->memory = memory;
  program->memory_bytes = bytes;
  program->base_count = p.base_count;
  program->step_count = steps;
  program->steps = arena.take<Step>(steps);
  program->nanoseconds = arena.take<int64_t>(steps);
  if (!read_steps(p, *program, arena) || !grow_scratch(*pool, program->scratch_bytes)) {
    if (error[0] == 0)
      write_error(error, capacity,
                  "out of memory for scratch of bytes a thread: ", program->scratch_bytes);
    destroy(program);
    return nullptr;
  }
  return program;
}

AUTOMODEL_API void automodel_program_destroy(Program *program) { destroy(program); }

// Scratch that runs of this program use, over all threads.
AUTOMODEL_API int64_t automodel_program_scratch_bytes(Program *program) {
  return program->scratch_bytes * program->pool->threads;
}

// The word that ends a run early when set to 1; a run does not clear it.
AUTOMODEL_API int32_t *automodel_program_abort_word(Program *program) { return &program->abort; }

// Nanoseconds of each step of the last run with profiling.
AUTOMODEL_API const int64_t *automodel_program_profile(Program *program) {
  return program->nanoseconds;
}

// Workspace that one step needs, written as in a program; its tensors name base 0. -1, with a text,
// if the step is wrong.
AUTOMODEL_API int64_t automodel_workspace_bytes(Pool *pool, const int64_t *words, int64_t count,
                                                const char *names, char *error, int32_t capacity) {
  const int64_t unknown[1] = {-1};
  Parse p{{words, count, 0, false}, pool->set, names, unknown, 1, 0, error, capacity};
  int64_t bytes = 64;
  if (!measure(p, 1, bytes)) return -1;
  Arena arena{(char *)allocate_bytes(bytes)};
  if (arena.at == nullptr) {
    write_error(error, capacity, "out of memory", NO_NUMBER);
    return -1;
  }
  char *memory = arena.at;
  Step step = {};
  p.step = 0;
  const int64_t needed = read_step(p, step, arena) ? workspace_of(step) : -1;
  free_bytes(memory, bytes);
  return needed;
}
