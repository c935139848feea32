package io.taskweave.bench;

import io.taskweave.core.blas.Blas;

/** Counts the operations of one thread's products and the time that they take. */
final class TimedBlas implements Blas {
  private final Blas blas;
  private long nanoseconds;
  private long operations;

  TimedBlas(Blas blas) {
    this.blas = blas;
  }

  void reset() {
    nanoseconds = 0;
    operations = 0;
  }

  long nanoseconds() {
    return nanoseconds;
  }

  /** Multiplications and additions. */
  long operations() {
    return operations;
  }

  @Override
  public void multiply(
      Transposed transposed,
      int m,
      int n,
      int k,
      float[] a,
      int aOffset,
      int lda,
      float[] b,
      int bOffset,
      int ldb,
      float beta,
      float[] c,
      int cOffset,
      int ldc) {
    long start = System.nanoTime();
    blas.multiply(transposed, m, n, k, a, aOffset, lda, b, bOffset, ldb, beta, c, cOffset, ldc);
    nanoseconds += System.nanoTime() - start;
    operations += 2L * m * n * k;
  }
}
