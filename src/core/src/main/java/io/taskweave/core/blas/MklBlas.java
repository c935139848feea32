package io.taskweave.core.blas;

import com.intel.analytics.bigdl.mkl.MKL;

/**
 * Products by the MKL that BigDL brings. MKL works column by column, where a row-major matrix is
 * its own transpose; so each product is asked for with its factors exchanged.
 */
final class MklBlas implements Blas {
  @Override
  public void multiply(
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
      MKL.vsgemm('N', 'N', n, m, k, 1f, b, bOffset, ldb, a, aOffset, lda, beta, c, cOffset, ldc);
    }
  }

  @Override
  public void multiplyTransposedLeft(
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
      MKL.vsgemm('N', 'T', n, m, k, 1f, b, bOffset, ldb, a, aOffset, lda, beta, c, cOffset, ldc);
    }
  }

  @Override
  public void multiplyTransposedRight(
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
      MKL.vsgemm('T', 'N', n, m, k, 1f, b, bOffset, ldb, a, aOffset, lda, beta, c, cOffset, ldc);
    }
  }
}
