package io.taskweave.pipeline.feature;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Exact order statistics of (value, count) rows: only one total a partition meets the driver. */
final class RankedRows {
  private RankedRows() {}

  /**
   * The values at the ranks {@code floor(i * n / parts)} for i from 1 to parts - 1, n being the sum
   * of the counts: edges of buckets of about equal size. Equal edges appear once.
   *
   * @param counts a column {@code double} without nulls and its {@code long} count, values distinct
   */
  static List<Double> quantileEdges(Dataset<Row> counts, int parts) {
    JavaRDD<Row> sorted = counts.orderBy(counts.columns()[0]).toJavaRDD();
    List<Long> totals =
        sorted
            .mapPartitions(
                rows -> {
                  long total = 0;
                  while (rows.hasNext()) {
                    total += rows.next().getLong(1);
                  }
                  return List.of(total).iterator();
                })
            .collect();
    List<Long> offsets = new ArrayList<>();
    long sum = 0;
    for (long total : totals) {
      offsets.add(sum);
      sum += total;
    }
    Ranks ranks = new Ranks(offsets, sum, parts);
    List<Double> edges =
        new ArrayList<>(sorted.mapPartitionsWithIndex(ranks::find, true).collect());
    Collections.sort(edges);
    return edges.stream().distinct().toList();
  }

  private record Ranks(List<Long> offsets, long total, int parts) implements Serializable {
    java.util.Iterator<Double> find(int partition, java.util.Iterator<Row> rows) {
      List<Double> found = new ArrayList<>();
      long below = offsets.get(partition);
      int part = 1;
      while (rows.hasNext()) {
        Row row = rows.next();
        long through = below + row.getLong(1);
        while (part < parts && rank(part) < through) {
          if (rank(part) >= below) {
            found.add(row.getDouble(0));
          }
          part++;
        }
        below = through;
      }
      return found.iterator();
    }

    private long rank(int part) {
      return Math.multiplyExact(total, (long) part) / parts;
    }
  }
}
