/* CUDA on one CPU thread: enough of it to run the kernels' own text.

   Blocks run one after another. The threads of a block are fibers that take turns at barriers and
   shuffles; kernels without these run each thread to its end, which is faster. */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include <cmath>
#include <type_traits>
#include <utility>

#define FG_SHIM
#define __global__
#define __device__
#define __forceinline__ inline
#define __launch_bounds__(n)
#define __align__(n) alignas(n)
#define __shared__ static

using std::acos;
using std::acosh;
using std::asin;
using std::asinh;
using std::atan;
using std::atan2;
using std::atanh;
using std::ceil;
using std::cos;
using std::cosh;
using std::erf;
using std::erfc;
using std::exp;
using std::expm1;
using std::fabs;
using std::floor;
using std::lgamma;
using std::log;
using std::log1p;
using std::pow;
using std::rint;
using std::sin;
using std::sinh;
using std::sqrt;
using std::tan;
using std::tanh;

struct place {
    unsigned x, y, z;
};
static place threadIdx, blockIdx, blockDim, gridDim;

template <class To, class From> static To bits_as(From from) {
    To to;
    static_assert(sizeof to == sizeof from);
    memcpy(&to, &from, sizeof to);
    return to;
}
static float __uint_as_float(unsigned bits) { return bits_as<float>(bits); }
static unsigned __float_as_uint(float x) { return bits_as<unsigned>(x); }
static unsigned __umulhi(unsigned a, unsigned b) { return ((unsigned long long)a * b) >> 32; }
static float __fmul_rn(float a, float b) { return a * b; }
static double __dmul_rn(double a, double b) { return a * b; }
static int __popc(unsigned x) { return __builtin_popcount(x); }
static int min(int a, int b) { return a < b ? a : b; }
static int max(int a, int b) { return a > b ? a : b; }
static long long min(long long a, long long b) { return a < b ? a : b; }
static long long max(long long a, long long b) { return a > b ? a : b; }
static float rsqrtf(float x) { return 1 / std::sqrt(x); }

static float fg_half_value(unsigned short half) {
    int exponent = half >> 10 & 31, fraction = half & 1023;
    float size = exponent == 31 ? (fraction ? NAN : INFINITY)
                 : exponent     ? ldexpf(1024 + fraction, exponent - 25)
                                : ldexpf(fraction, -24);
    return half & 0x8000 ? -size : size;
}
static unsigned short fg_half_bits(float x) {
    unsigned short sign = std::signbit(x) ? 0x8000 : 0;
    float size = fabsf(x);
    if (x != x) return 0x7fff;
    if (size >= 65520) return sign | 0x7c00;
    if (size < 6.103515625e-05f) return sign | (unsigned short)rintf(ldexpf(size, 24));
    int exponent;
    float fraction = frexpf(size, &exponent); /* in [1/2, 1) */
    return sign | (unsigned short)(rintf(ldexpf(fraction, 11)) + ((exponent + 13) << 10) );
}

/* -- fibers ------------------------------------------------------------------------------------ */

enum { MOST = 1024, STACK = 1 << 16 };

struct group { /* threads that wait for each other */
    int live, arrived;
    unsigned turn;
};

struct fiber {
    jmp_buf state;
    ucontext_t start;
    bool started, done;
    place index;
    char stack[STACK];
};

static fiber *fibers;
static jmp_buf scheduler;
static ucontext_t origin;
static int current;
static bool has_fibers;
static group block_group, warp_groups[MOST / 32];
static unsigned long long exchange[MOST];
static void (*body)(void *);
static void *body_context;

static void switch_out() {
    if (!_setjmp(fibers[current].state)) _longjmp(scheduler, 1);
    threadIdx = fibers[current].index;
}

static void leave(group *g) {
    if (--g->live == g->arrived && g->arrived) g->arrived = 0, g->turn++;
}

static void wait_for(group *g) {
    if (!has_fibers) {
        fputs("a barrier in a kernel that was said to have none\n", stderr);
        abort();
    }
    unsigned turn = g->turn;
    if (++g->arrived == g->live) {
        g->arrived = 0, g->turn++;
        return;
    }
    while (g->turn == turn) switch_out();
}

static void fiber_main() {
    for (;;) {
        threadIdx = fibers[current].index;
        body(body_context);
        fibers[current].done = true;
        leave(&block_group), leave(&warp_groups[current / 32]);
        switch_out();
    }
}

static void run_block(int threads) {
    block_group = {threads, 0, 0};
    for (int w = 0; w * 32 < threads; w++)
        warp_groups[w] = {threads - w * 32 < 32 ? threads - w * 32 : 32, 0, 0};
    for (int t = 0; t < threads; t++) {
        fiber *f = fibers + t;
        f->done = false;
        f->index = {t % blockDim.x, t / blockDim.x % blockDim.y, t / (blockDim.x * blockDim.y)};
    }
    for (volatile int left = threads; left;) {
        for (current = 0; current < threads; current++) {
            fiber *f = fibers + current;
            if (f->done) continue;
            if (!_setjmp(scheduler)) {
                if (f->started) _longjmp(f->state, 1);
                f->started = true;
                getcontext(&f->start);
                f->start.uc_stack.ss_sp = f->stack;
                f->start.uc_stack.ss_size = STACK;
                makecontext(&f->start, fiber_main, 0);
                swapcontext(&origin, &f->start);
            }
            if (fibers[current].done) left--;
        }
    }
}

static void __syncthreads() { wait_for(&block_group); }
static void __syncwarp() { wait_for(&warp_groups[current / 32]); }

template <class V> static V shuffle(V value, int lane) {
    group *warp = &warp_groups[current / 32];
    memcpy(&exchange[current], &value, sizeof value);
    wait_for(warp);
    memcpy(&value, &exchange[current / 32 * 32 + lane], sizeof value);
    wait_for(warp);
    return value;
}
template <class V> static V __shfl_xor_sync(unsigned, V v, int mask) {
    return shuffle(v, (current % 32) ^ mask);
}
template <class V> static V __shfl_sync(unsigned, V v, int lane) { return shuffle(v, lane); }
template <class V> static V __shfl_up_sync(unsigned, V v, int by) {
    return shuffle(v, current % 32 >= by ? current % 32 - by : current % 32);
}
static unsigned __ballot_sync(unsigned, int predicate) {
    unsigned result = 0;
    for (int lane = 0; lane < 32; lane++) /* all shuffle alike */
        result |= (unsigned)(shuffle(predicate, lane) != 0) << lane;
    return result;
}

/* -- launches ---------------------------------------------------------------------------------- */

template <class P> static char kind_of() {
    if (std::is_pointer_v<P>) return 'p';
    return std::is_floating_point_v<P> ? (sizeof(P) == 4 ? 'f' : 'd') : (sizeof(P) == 4 ? 'i' : 'l');
}

/* One letter for each parameter. */
template <class... P> static void kinds_of(void (*)(P...), char *to) {
    char kinds[] = {kind_of<P>()..., 0};
    strcpy(to, kinds);
}

template <class... P, size_t... I>
static void call(void (*kernel)(P...), void **arguments, std::index_sequence<I...>) {
    kernel(*(P *)arguments[I]...);
}

template <class... P>
static void launch(void (*kernel)(P...), const unsigned *sizes, bool needs_fibers,
                   void **arguments) {
    struct context {
        void (*kernel)(P...);
        void **arguments;
    } c = {kernel, arguments};
    body = [](void *raw) {
        context *c = (context *)raw;
        call(c->kernel, c->arguments, std::index_sequence_for<P...>());
    };
    body_context = &c;
    gridDim = {sizes[0], sizes[1], sizes[2]}, blockDim = {sizes[3], sizes[4], sizes[5]};
    int threads = blockDim.x * blockDim.y * blockDim.z;
    has_fibers = needs_fibers;
    if (has_fibers && !fibers) fibers = (fiber *)calloc(MOST, sizeof(fiber));
    for (unsigned z = 0; z < gridDim.z; z++)
        for (unsigned y = 0; y < gridDim.y; y++)
            for (unsigned x = 0; x < gridDim.x; x++) {
                blockIdx = {x, y, z};
                if (has_fibers) {
                    run_block(threads);
                    continue;
                }
                for (unsigned t = 0; t < (unsigned)threads; t++) {
                    threadIdx = {t % blockDim.x, t / blockDim.x % blockDim.y,
                                 t / (blockDim.x * blockDim.y)};
                    body(body_context);
                }
            }
}

#define FG_ENTRY(kernel) \
    extern "C" void run_##kernel(const unsigned *sizes, int fibers, void **arguments) { \
        launch(kernel, sizes, fibers, arguments); \
    } \
    extern "C" void kinds_##kernel(char *to) { kinds_of(kernel, to); }
