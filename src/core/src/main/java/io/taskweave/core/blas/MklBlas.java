package io.taskweave.core.blas;

import com.intel.analytics.bigdl.mkl.MKL;

/**
 * Products by the MKL that BigDL brings. MKL works column by column, where a row-major matrix is
 * its own transpose; so each product is asked for with its factors exchanged.
 */
final class MklBlas implements Blas {
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
    if (m > 0) {
      char left = transposed == Transposed.LEFT ? 'T' : 'N';
      char right = transposed == Transposed.RIGHT ? 'T' : 'N';
      MKL.vsgemm(right, left, n, m, k, 1f, b, bOffset, ldb, a, aOffset, lda, beta, c, cOffset, ldc);
    }
  }
}
