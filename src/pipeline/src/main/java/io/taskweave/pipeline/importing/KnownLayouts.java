package io.taskweave.pipeline.importing;

import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Layouts of public logs. */
final class KnownLayouts {
  private KnownLayouts() {}

  static ImportPlan kuaiRand(String folder, ZoneId zone, DuplicateRule duplicates) {
    List<TableColumn> columns = new ArrayList<>();
    for (String name :
        List.of(
            "user_id",
            "video_id",
            "date",
            "hourmin",
            "time_ms",
            "is_click",
            "is_like",
            "is_follow",
            "is_comment",
            "is_forward",
            "is_hate",
            "long_view",
            "play_time_ms",
            "duration_ms",
            "profile_stay_time",
            "comment_stay_time",
            "is_profile_enter",
            "is_rand",
            "tab")) {
      columns.add(
          new TableColumn(
              name,
              name.endsWith("_ms") || name.endsWith("_time")
                  ? TableColumn.Type.LONG
                  : TableColumn.Type.INT));
    }
    return new ImportPlan(
        folder + "/log_standard_4_25_to_5_03_pure.csv*",
        TableFormat.csv(columns),
        "time_ms",
        ImportPlan.TimeUnit.MILLISECONDS,
        zone,
        Optional.of("date"),
        "yyyyMMdd",
        duplicates,
        List.of(users(folder), videos(folder)));
  }

  /** Whether a file of this name is published with counts of the behaviour in the log. */
  static boolean countsBehaviour(String path) {
    return path.substring(path.lastIndexOf('/') + 1).startsWith("video_features_statistic");
  }

  private static SideTable users(String folder) {
    List<TableColumn> columns =
        new ArrayList<>(
            ints(
                List.of(
                    "user_id",
                    "is_lowactive_period",
                    "is_live_streamer",
                    "is_video_author",
                    "follow_user_num",
                    "fans_user_num",
                    "friend_user_num",
                    "register_days")));
    for (String name :
        List.of(
            "user_active_degree",
            "follow_user_num_range",
            "fans_user_num_range",
            "friend_user_num_range",
            "register_days_range")) {
      columns.add(new TableColumn(name, TableColumn.Type.STRING));
    }
    for (int feature = 0; feature < 18; feature++) {
      columns.add(new TableColumn("onehot_feat" + feature, TableColumn.Type.DOUBLE));
    }
    // The publishers name no date for it. Ranges of followers may move with is_follow, 0.13 percent
    // of the rows; nothing in it counts views or likes.
    return new SideTable(
        folder + "/user_features_pure.csv*",
        TableFormat.csv(columns),
        "user_id",
        List.of(),
        Optional.of(AsOf.STATIC));
  }

  private static SideTable videos(String folder) {
    List<TableColumn> columns = new ArrayList<>(ints(List.of("video_id")));
    columns.add(new TableColumn("author_id", TableColumn.Type.LONG));
    columns.add(new TableColumn("music_id", TableColumn.Type.LONG));
    for (String name : List.of("video_type", "upload_dt", "upload_type", "tag")) {
      columns.add(new TableColumn(name, TableColumn.Type.STRING));
    }
    for (String name :
        List.of(
            "visible_status", "video_duration", "server_width", "server_height", "music_type")) {
      columns.add(new TableColumn(name, TableColumn.Type.DOUBLE));
    }
    return new SideTable(
        folder + "/video_features_basic_pure.csv*",
        TableFormat.csv(columns),
        "video_id",
        List.of(),
        Optional.of(AsOf.STATIC));
  }

  static ImportPlan tikTok(String path, ZoneId zone, DuplicateRule duplicates) {
    List<TableColumn> columns = new ArrayList<>();
    for (String name :
        List.of(
            "uid",
            "user_city",
            "item_id",
            "author_id",
            "item_city",
            "channel",
            "finish",
            "like",
            "music_id",
            "device_id",
            "create_time",
            "video_duration")) {
      columns.add(
          new TableColumn(
              name, name.equals("create_time") ? TableColumn.Type.LONG : TableColumn.Type.INT));
    }
    return new ImportPlan(
        path,
        new TableFormat(TableFormat.Kind.CSV, "\t", false, columns),
        "create_time",
        ImportPlan.TimeUnit.SECONDS,
        zone,
        Optional.empty(),
        "",
        duplicates,
        List.of());
  }

  static ImportPlan globo(String folder, ZoneId zone, DuplicateRule duplicates) {
    List<TableColumn> columns = new ArrayList<>();
    for (String name :
        List.of(
            "user_id",
            "session_id",
            "session_start",
            "session_size",
            "click_article_id",
            "click_timestamp",
            "click_environment",
            "click_deviceGroup",
            "click_os",
            "click_country",
            "click_region",
            "click_referrer_type")) {
      boolean isLong = name.startsWith("session_") || name.equals("click_timestamp");
      columns.add(new TableColumn(name, isLong ? TableColumn.Type.LONG : TableColumn.Type.INT));
    }
    SideTable articles =
        new SideTable(
            folder + "/articles_category.csv*",
            TableFormat.csv(ints(List.of("article_id", "category_id"))),
            "article_id",
            "click_article_id",
            List.of("category_id"),
            Optional.of(AsOf.STATIC));
    return new ImportPlan(
        folder + "/clicks_h*.csv*",
        TableFormat.csv(columns),
        "click_timestamp",
        ImportPlan.TimeUnit.MILLISECONDS,
        zone,
        Optional.empty(),
        "",
        duplicates,
        List.of(articles));
  }

  static ImportPlan amazon(
      String folder, TableFormat.Kind kind, ZoneId zone, DuplicateRule duplicates) {
    String files = kind == TableFormat.Kind.JSON ? "*.json*" : "*.csv*";
    TableColumn item = new TableColumn("asin", TableColumn.Type.STRING);
    List<TableColumn> reviews =
        List.of(
            new TableColumn("reviewerID", TableColumn.Type.STRING),
            item,
            new TableColumn("overall", TableColumn.Type.DOUBLE),
            new TableColumn("unixReviewTime", TableColumn.Type.LONG));
    List<TableColumn> items =
        List.of(item, new TableColumn("categories", TableColumn.Type.CATEGORY_PATHS));
    return new ImportPlan(
        folder + "/reviews" + files,
        table(kind, reviews),
        "unixReviewTime",
        ImportPlan.TimeUnit.SECONDS,
        zone,
        Optional.empty(),
        "",
        duplicates,
        List.of(
            new SideTable(
                folder + "/meta" + files,
                table(kind, items),
                "asin",
                List.of("categories"),
                Optional.of(AsOf.STATIC))));
  }

  private static TableFormat table(TableFormat.Kind kind, List<TableColumn> columns) {
    return kind == TableFormat.Kind.JSON ? TableFormat.json(columns) : TableFormat.csv(columns);
  }

  private static List<TableColumn> ints(List<String> names) {
    return names.stream().map(name -> new TableColumn(name, TableColumn.Type.INT)).toList();
  }
}
