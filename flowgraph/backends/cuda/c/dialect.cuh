/* What all kernels use: element types, vectors of four, and reductions within a warp and a block.
   No header is included, so that the text compiles wherever NVRTC is. */
#define WARP 32
#define EVERY 0xffffffffu

typedef unsigned int uint32;
typedef unsigned long long uint64;

/* float16 and bfloat16 are stored only: computing converts them to float. */
struct half_t {
    unsigned short bits;
    half_t() = default;
    __device__ half_t(float x) : bits(half_bits(x)) {}
    __device__ operator float() const { return half_value(bits); }
#ifdef FG_SHIM
    static unsigned short half_bits(float x) { return fg_half_bits(x); }
    static float half_value(unsigned short bits) { return fg_half_value(bits); }
#else
    static __device__ unsigned short half_bits(float x) {
        unsigned short bits;
        asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(x));
        return bits;
    }
    static __device__ float half_value(unsigned short bits) {
        float x;
        asm("cvt.f32.f16 %0, %1;" : "=f"(x) : "h"(bits));
        return x;
    }
#endif
};

struct bfloat16_t {
    unsigned short bits;
    bfloat16_t() = default;
    __device__ bfloat16_t(float x) {
        uint32 all = __float_as_uint(x);
        /* To the nearest, ties to even; a NaN stays one. */
        bits = x != x ? 0x7fc0 : (all + 0x7fff + ((all >> 16) & 1)) >> 16;
    }
    __device__ operator float() const { return __uint_as_float((uint32)bits << 16); }
};

/* Four elements, loaded and stored with as few instructions as there are. */
template <class T> struct __align__(sizeof(T) < 4 ? 4 * sizeof(T) : 16) four {
    T v[4];
};

/* The ends of a type's range. */
template <class A> struct limits;
template <> struct limits<float> {
    static __device__ float lowest() { return __uint_as_float(0xff800000u); }
    static __device__ float highest() { return __uint_as_float(0x7f800000u); }
    static __device__ float none() { return __uint_as_float(0x7fc00000u); }
};
template <> struct limits<double> {
    static __device__ double lowest() { return -(double)__uint_as_float(0x7f800000u); }
    static __device__ double highest() { return (double)__uint_as_float(0x7f800000u); }
    static __device__ double none() { return (double)__uint_as_float(0x7fc00000u); }
};
#define FG_LIMITS(type, low, high) \
    template <> struct limits<type> { \
        static __device__ type lowest() { return low; } \
        static __device__ type highest() { return high; } \
    };
FG_LIMITS(signed char, -128, 127)
FG_LIMITS(unsigned char, 0, 255)
FG_LIMITS(short, -32768, 32767)
FG_LIMITS(unsigned short, 0, 65535)
FG_LIMITS(int, -2147483647 - 1, 2147483647)
FG_LIMITS(long long, -9223372036854775807LL - 1, 9223372036854775807LL)

/* Ways to make one number of two. A NaN is larger and smaller than all else. */
struct sum_of {
    template <class A> static __device__ A zero() { return 0; }
    template <class A> __device__ A operator()(A a, A b) const { return a + b; }
};
struct product_of {
    template <class A> static __device__ A zero() { return 1; }
    template <class A> __device__ A operator()(A a, A b) const { return a * b; }
};
struct largest_of {
    template <class A> static __device__ A zero() { return limits<A>::lowest(); }
    template <class A> __device__ A operator()(A a, A b) const { return a > b || a != a ? a : b; }
};
struct smallest_of {
    template <class A> static __device__ A zero() { return limits<A>::highest(); }
    template <class A> __device__ A operator()(A a, A b) const { return a < b || a != a ? a : b; }
};
struct any_of {
    template <class A> static __device__ A zero() { return 0; }
    template <class A> __device__ A operator()(A a, A b) const { return a || b; }
};
struct all_of {
    template <class A> static __device__ A zero() { return 1; }
    template <class A> __device__ A operator()(A a, A b) const { return a && b; }
};

/* The same result in every thread of the warp, in the same order of operations at every run. */
template <class F, class A> __device__ __forceinline__ A warp_reduce(F join, A value) {
    for (int step = WARP / 2; step; step /= 2)
        value = join(value, (A)__shfl_xor_sync(EVERY, value, step));
    return value;
}

/* The same for a block of one axis whose size is a multiple of the warp's. */
template <class F, class A> __device__ __forceinline__ A block_reduce(F join, A value) {
    __shared__ A parts[WARP];
    int lane = threadIdx.x % WARP, warp = threadIdx.x / WARP;
    value = warp_reduce(join, value);
    __syncthreads(); /* an earlier use has been read */
    if (lane == 0) parts[warp] = value;
    __syncthreads();
    value = lane < blockDim.x / WARP ? parts[lane] : F::template zero<A>();
    return warp_reduce(join, value);
}

/* This thread's number in a grid of one axis. */
__device__ __forceinline__ long long thread_number() {
    return (long long)blockIdx.x * blockDim.x + threadIdx.x;
}

/* An index out of a vector of int or long long. */
__device__ __forceinline__ long long index_at(const void *indices, int is_wide, long long i) {
    return is_wide ? ((const long long *)indices)[i] : (long long)((const int *)indices)[i];
}

/* Reductions of (outer, count, inner) along the middle axis. `load` gives an element by its flat
   index, `store` takes a result by its own. Part p of a row is `step` of its elements; its result
   is number (o * parts + p) * inner + i. */

/* A warp for each row; inner == 1, parts == 1. Blocks are (WARP, warps). */
template <class A, class F, class I, class Load, class Store>
__device__ void reduce_in_warps(F join, I outer, I count, Load load, Store store) {
    I row = (I)blockIdx.x * blockDim.y + threadIdx.y;
    if (row >= outer) return;
    A value = F::template zero<A>();
#pragma unroll 4
    for (I i = threadIdx.x; i < count; i += WARP) value = join(value, load(row * count + i));
    value = warp_reduce(join, value);
    if (threadIdx.x == 0) store(row, value);
}

/* A block for each part of each row; inner == 1. The grid is (outer, parts). */
template <class A, class F, class I, class Load, class Store>
__device__ void reduce_in_blocks(F join, I outer, I count, I step, Load load, Store store) {
    I row = blockIdx.x, begin = blockIdx.y * step;
    I end = count - begin < step ? count : begin + step;
    A value = F::template zero<A>();
#pragma unroll 4
    for (I i = begin + threadIdx.x; i < end; i += blockDim.x)
        value = join(value, load(row * count + i));
    value = block_reduce(join, value);
    if (threadIdx.x == 0) store(row * gridDim.y + blockIdx.y, value);
}

/* A block for each part of some columns: 256 threads, as many along x as there are columns. The
   grid is (outer * tiles of columns, parts). */
template <class A, class F, class I, class Load, class Store>
__device__ void reduce_columns(F join, I count, I inner, I step, Load load, Store store) {
    __shared__ A values[256];
    I tiles = (inner + blockDim.x - 1) / blockDim.x, o = blockIdx.x / tiles;
    I column = blockIdx.x % tiles * blockDim.x + threadIdx.x, begin = blockIdx.y * step;
    I end = count - begin < step ? count : begin + step;
    A value = F::template zero<A>();
    if (column < inner) {
#pragma unroll 4
        for (I i = begin + threadIdx.y; i < end; i += blockDim.y)
            value = join(value, load((o * count + i) * inner + column));
    }
    values[threadIdx.y * blockDim.x + threadIdx.x] = value;
    for (int half = blockDim.y / 2; half; half /= 2) {
        __syncthreads();
        if (threadIdx.y < half) {
            int at = threadIdx.y * blockDim.x + threadIdx.x;
            values[at] = join(values[at], values[at + half * blockDim.x]);
        }
    }
    if (threadIdx.y == 0 && column < inner)
        store((o * gridDim.y + blockIdx.y) * inner + column, values[threadIdx.x]);
}

/* A row's threads: a warp, in blocks of (WARP, warps), or a whole block of one axis. */
__device__ __forceinline__ long long team_number() {
    return (long long)blockIdx.x * blockDim.y + threadIdx.y;
}
template <class F, class A> __device__ __forceinline__ A team_reduce(F join, A value) {
    return blockDim.x == WARP ? warp_reduce(join, value) : block_reduce(join, value);
}
