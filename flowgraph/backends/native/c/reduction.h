/* Sums, maxima and minima of arrays of REAL seen as (outer, reduced, inner), over the middle axis.
   Included once for each type, with NAME(f) the name of a function for it.

   Each task adds up a chunk that fits the cache; the chunks' results are combined in order. */
typedef struct {
    int op;
    long outer, reduced, inner, step, chunks;
    const REAL *x;
    REAL *parts; /* (outer, chunks, inner) */
} NAME(reduction);

static inline REAL NAME(start_of)(int op) {
    return op == SUM ? 0 : op == MAXIMUM ? -(REAL)__builtin_inff() : (REAL)__builtin_inff();
}

/* Maxima and minima hand NaN on. */
static inline REAL NAME(combined)(int op, REAL a, REAL b) {
    if (op == SUM) return a + b;
    if (op == MAXIMUM) return a > b || a != a ? a : b;
    return a < b || a != a ? a : b;
}

static inline __attribute__((always_inline)) REAL NAME(reduce_row)(
    const int op, const REAL *x, long n) {
    if (n < LANES) {
        REAL few = NAME(start_of)(op);
        for (long i = 0; i < n; i++) few = NAME(combined)(op, few, x[i]);
        return few;
    }
    REAL lanes[LANES];
    for (int j = 0; j < LANES; j++) lanes[j] = NAME(start_of)(op);
    long i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int j = 0; j < LANES; j++) lanes[j] = NAME(combined)(op, lanes[j], x[i + j]);
    for (int j = 0; i < n; i++, j++) lanes[j] = NAME(combined)(op, lanes[j], x[i]);
    for (int width = LANES / 2; width; width /= 2)
        for (int j = 0; j < width; j++) lanes[j] = NAME(combined)(op, lanes[j], lanes[j + width]);
    return lanes[0];
}

static inline __attribute__((always_inline)) void NAME(reduce_rows)(
    const int op, const REAL *x, long rows, long inner, REAL *part) {
    for (long i = 0; i < inner; i++) part[i] = NAME(start_of)(op);
    for (long r = 0; r < rows; r++, x += inner)
        for (long i = 0; i < inner; i++) part[i] = NAME(combined)(op, part[i], x[i]);
}

static inline __attribute__((always_inline)) void NAME(reduce_chunk)(
    const int op, const NAME(reduction) *w, long index) {
    long first = index % w->chunks * w->step, rows = fg_min(w->step, w->reduced - first);
    const REAL *x = w->x + (index / w->chunks * w->reduced + first) * w->inner;
    if (w->inner == 1) w->parts[index] = NAME(reduce_row)(op, x, rows);
    else NAME(reduce_rows)(op, x, rows, w->inner, w->parts + index * w->inner);
}

static void NAME(chunk_task)(void *context, long index) {
    const NAME(reduction) *w = context;
    long each = 1;
    if (w->chunks == 1) each = w->step * w->inner >= CHUNK ? 1 : CHUNK / (w->step * w->inner);
    long end = fg_min((index + 1) * each, w->outer * w->chunks);
    for (long i = index * each; i < end; i++) {
        if (w->op == SUM) NAME(reduce_chunk)(SUM, w, i);
        else if (w->op == MAXIMUM) NAME(reduce_chunk)(MAXIMUM, w, i);
        else NAME(reduce_chunk)(MINIMUM, w, i);
    }
}

static NAME(reduction) NAME(make)(long outer, long reduced, long inner) {
    NAME(reduction) w = {0, outer, reduced, inner, 0, 0, 0, 0};
    w.step = fg_min(reduced, inner >= CHUNK ? 8 : 2 * CHUNK / inner);
    w.chunks = (reduced + w.step - 1) / w.step;
    if (outer * inner >= CHUNK) w.step = reduced, w.chunks = 1;
    return w;
}

/* The size in elements of the scratch of fg_reduce. */
long NAME(fg_reduce_scratch)(long outer, long reduced, long inner) {
    NAME(reduction) w = NAME(make)(outer, reduced, inner);
    return w.chunks > 1 ? outer * w.chunks * inner : 0;
}

/* y = scale * (sum, maximum or minimum of x over its middle axis). */
void NAME(fg_reduce)(long op, long outer, long reduced, long inner, double scale, const REAL *x,
                     REAL *scratch, REAL *y) {
    NAME(reduction) w = NAME(make)(outer, reduced, inner);
    w.op = (int)op, w.x = x, w.parts = w.chunks > 1 ? scratch : y;
    long each = w.step * inner >= CHUNK ? 1 : CHUNK / (w.step * inner), parts = outer * w.chunks;
    fg_parallel(NAME(chunk_task), &w, w.chunks > 1 ? parts : (parts + each - 1) / each);
    if (w.chunks > 1)
        for (long o = 0; o < outer; o++)
            for (long i = 0; i < inner; i++) {
                const REAL *part = scratch + o * w.chunks * inner + i;
                double total = part[0];
                for (long c = 1; c < w.chunks; c++)
                    total = op == SUM ? total + part[c * inner]
                                      : NAME(combined)(w.op, (REAL)total, part[c * inner]);
                y[o * inner + i] = (REAL)total;
            }
    if (scale != 1)
        for (long i = 0; i < outer * inner; i++) y[i] = (REAL)(y[i] * scale);
}
