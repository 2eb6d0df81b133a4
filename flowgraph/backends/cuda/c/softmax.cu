/* Softmax and cross entropy of rows of `classes` numbers. */

/* The largest of a row, and the sum of exp(x - largest). */
struct row {
    A largest, sum;
};

__device__ row measure(const T *x, long long classes) {
    A largest = limits<A>::lowest(), sum = 0;
    for (long long i = threadIdx.x; i < classes; i += blockDim.x)
        largest = largest_of()(largest, (A)x[i]);
    largest = team_reduce(largest_of(), largest);
    for (long long i = threadIdx.x; i < classes; i += blockDim.x) sum += exp((A)x[i] - largest);
    return {largest, team_reduce(sum_of(), sum)};
}

KERNEL(softmax)(long long rows, long long classes, int is_log, const T *x, T *y) {
    long long number = team_number();
    if (number >= rows) return;
    x += number * classes, y += number * classes;
    row r = measure(x, classes);
    A log_sum = log(r.sum), share = 1 / r.sum;
    for (long long i = threadIdx.x; i < classes; i += blockDim.x) {
        A shifted = (A)x[i] - r.largest;
        y[i] = is_log ? shifted - log_sum : exp(shifted) * share;
    }
}

/* The loss of each row, and its gradient. */
KERNEL(cross_entropy)(long long rows, long long classes, const T *x, const T *labels, T *loss,
                      T *dx) {
    long long number = team_number();
    if (number >= rows) return;
    x += number * classes, labels += number * classes, dx += number * classes;
    row r = measure(x, classes);
    A log_sum = log(r.sum), share = 1 / r.sum, total = 0;
    for (long long i = threadIdx.x; i < classes; i += blockDim.x) {
        A shifted = (A)x[i] - r.largest, label = labels[i];
        total += label * (log_sum - shifted);
        dx[i] = exp(shifted) * share - label;
    }
    total = team_reduce(sum_of(), total);
    if (threadIdx.x == 0) loss[number] = total;
}

/* With the number of a class for each row; another number makes the row NaN. */
KERNEL(sparse_cross_entropy)(long long rows, long long classes, int is_wide, const T *x,
                             const void *labels, T *loss, T *dx) {
    long long number = team_number();
    if (number >= rows) return;
    x += number * classes, dx += number * classes;
    long long label = index_at(labels, is_wide, number);
    A wrong = label >= 0 && label < classes ? (A)0 : limits<A>::none();
    row r = measure(x, classes);
    A share = 1 / r.sum;
    for (long long i = threadIdx.x; i < classes; i += blockDim.x)
        dx[i] = exp((A)x[i] - r.largest) * share - (i == label ? 1 : 0) + wrong;
    if (threadIdx.x == 0)
        loss[number] = wrong == 0 ? log(r.sum) - ((A)x[label] - r.largest) : wrong;
}
