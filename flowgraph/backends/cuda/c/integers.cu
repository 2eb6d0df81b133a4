/* Random integers below a bound; TensorFlow's bias, of one that is no power of two, is kept. */
KERNEL(random_integers)(long long count, long long range, long long least, const uint64 *state,
                        T *out) {
    const int group = 16 / (int)sizeof(T);
    long long block = thread_number(), first = block * group;
    if (first >= count) return;
    random_words w = random_words_of(state, block);
    for (int i = 0; i < group && first + i < count; i++) {
        uint64 word = group == 4 ? w.v[i] : w.v[2 * i % 4] | (uint64)w.v[(2 * i + 1) % 4] << 32;
        out[first + i] = (T)(word % (uint64)range + (uint64)least);
    }
}

KERNEL(random_advance)(long long blocks, uint64 *state) { state[2] += blocks; }
