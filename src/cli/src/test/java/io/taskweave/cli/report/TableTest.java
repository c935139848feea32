package io.taskweave.cli.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TableTest {
  @Test
  void aNameSpansItsRowsButNotThoseOfAnotherParent() {
    Table table = new Table("Sizes", "Pair", "Group", "Split").figure("Rows");
    table.row("a|b", "all", "valid", "1");
    table.row("a|b", "all", "test", "2");
    table.row("a|c", "all", "test", "3");
    Markup page = new Markup();
    table.write(page);

    String html = page.toString();
    assertThat(html.split(">all</th>", -1)).hasSize(3);
    assertThat(html.split(">a\\|b</th>", -1)).hasSize(2);
    assertThat(new ReadPage(html).table("Sizes"))
        .containsOnlyKeys("a|b / all / valid", "a|b / all / test", "a|c / all / test");
  }

  @Test
  void figuresUnderACommonHeadCarryItsName() {
    Table table = new Table("Rates", "Split").figure("Rows").figures("like", "Positives", "Rate");
    table.row("test", "9", "3", "33.33 %");
    Markup page = new Markup();
    table.write(page);

    assertThat(new ReadPage(page.toString()).table("Rates").get("test"))
        .containsEntry("Rows", "9")
        .containsEntry("like / Positives", "3")
        .containsEntry("like / Rate", "33.33 %");
  }

  @Test
  void aRowOfAnotherWidthIsRefused() {
    Table table = new Table("Rates", "Split").figures("like", "Positives", "Rate");
    assertThatThrownBy(() -> table.row("test", "3"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2 cells, not 3");
  }
}
