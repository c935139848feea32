package io.taskweave.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

class DominanceFileTest {
  @Test
  void everyTaskOfAnEventIsARow() {
    List<Row> rows =
        DominanceFile.rows(
            """
            {"event":"step","step":10}
            {"event":"dominance","epoch":2,"step":20,"measured_steps":9,"parameter":"bottom",\
            "elements":3,"by_task":{"like":{"mean":0.75,"p10":0.5,"p50":0.8,"p90":0.95,\
            "dominated":0.25,"histogram":[1,2]},"view":{"mean":0.25,"p10":0.1,"p50":0.2,"p90":0.5,\
            "dominated":0.0,"histogram":[2,1]}}}
            {"event":"dominance","epoch":2,"step":20,"parameter":"empty","elements":0,\
            "by_task":{"like":{"histogram":[0,0]}}}
            """);

    assertThat(rows).hasSize(3);
    assertThat(rows.get(0).mkString("|")).startsWith("2|20|bottom|like|3|0.75|0.5|0.8|0.95|0.25|");
    assertThat((Object[]) rows.get(0).get(10)).containsExactly(1L, 2L);
    assertThat(rows.get(1).getString(3)).isEqualTo("view");
    assertThat(rows.get(2).isNullAt(5)).isTrue();
    assertThat(rows.get(2).getLong(4)).isZero();
  }
}
