// stresses: OpenMP: a team of threads, barriers, reductions, critical sections, tasks
// builds: openmp
#include "hazard.h"
#include <omp.h>

static long fibonacci(int n) {
    long a, b;
    if (n < 2)
        return n;
#pragma omp task shared(a)
    a = fibonacci(n - 1);
#pragma omp task shared(b)
    b = fibonacci(n - 2);
#pragma omp taskwait
    if (n == 6)
        checkpoint_here();
    return a + b;
}

int main(void) {
    long sum = 0, held = 0, result = 0;
    omp_set_num_threads(4);
    for (int round = 0; round < 3; round++) {
#pragma omp parallel for reduction(+ : sum)
        for (int i = 0; i < 400; i++) {
            if (i == 150)
                checkpoint_here();
            sum += i;
        }
    }
#pragma omp parallel
    {
#pragma omp critical
        held++;
#pragma omp barrier
#pragma omp single
        {
            checkpoint_here();
            CHECK(held == 4);
            result = fibonacci(8);
        }
    }
    CHECK(sum == 3 * 79800 && result == 21);
    return succeed();
}
