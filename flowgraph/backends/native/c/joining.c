/* Arrays joined along an axis, and cut in pieces: rows of bytes moved from one to the other. */
#include <string.h>

#include "dialect.h"

#define PIECES 8
#define CHUNK (1L << 16) /* bytes of a task, about */

typedef struct {
    long rows, count, whole;
    const long *widths; /* in bytes, of a row of each piece */
    char *joined;
    char *pieces[PIECES];
    int cuts;
} job;

/* How many arrays one call takes. */
long fg_join_pieces(void) { return PIECES; }

static void rows_task(void *context, long index) {
    const job *w = context;
    long step = fg_rows(w->whole, CHUNK), begin = index * step;
    long end = fg_min(begin + step, w->rows);
    char *joined = w->joined + begin * w->whole;
    for (long row = begin; row < end; row++)
        for (long i = 0; i < w->count; i++) {
            char *piece = w->pieces[i] + row * w->widths[i];
            if (w->cuts) memcpy(piece, joined, w->widths[i]);
            else memcpy(joined, piece, w->widths[i]);
            joined += w->widths[i];
        }
}

/* Rows of the joined array hold one row of each of `count` pieces. */
void fg_join(int cuts, long rows, long count, const long *widths, char *joined, char *a, char *b,
             char *c, char *d, char *e, char *f, char *g, char *h) {
    job w = {rows, count, 0, widths, joined, {a, b, c, d, e, f, g, h}, cuts};
    for (long i = 0; i < count; i++) w.whole += widths[i];
    fg_parallel(rows_task, &w, fg_tasks(rows, w.whole, CHUNK));
}
