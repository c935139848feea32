package io.taskweave.cli.configuration;

import java.util.List;
import java.util.Optional;

/**
 * What a sample holds.
 *
 * @param user column of the user
 * @param item column of the item
 * @param weight column of the sample weight
 * @param streams user-hashed streams M, a multiple of executors times cores
 * @param minimumCount occurrences in training that give a value an id
 */
public record FeatureConfiguration(
    String user,
    String item,
    Optional<String> weight,
    int streams,
    int minimumCount,
    List<FieldConfiguration> fields) {
  static final String USER = "user";
  static final String USER_DEFAULT = "user_id";
  static final String ITEM = "item";
  static final String ITEM_DEFAULT = "item_id";
  static final String WEIGHT = "weight";
  static final String STREAMS = "streams";
  static final int STREAMS_DEFAULT = 8;
  static final String MINIMUM_COUNT = "minimum-count";
  static final int MINIMUM_COUNT_DEFAULT = 1;
  static final String FIELDS = "fields";

  static FeatureConfiguration read(Section section) {
    int minimumCount = section.integer(MINIMUM_COUNT, MINIMUM_COUNT_DEFAULT, 1);
    List<FieldConfiguration> fields =
        section.list(FIELDS, field -> FieldConfiguration.read(field, minimumCount));
    if (fields.isEmpty()) {
      section.problem(FIELDS, "is missing: at least one field");
    }
    return new FeatureConfiguration(
        section.text(USER, USER_DEFAULT),
        section.text(ITEM, ITEM_DEFAULT),
        section.optionalText(WEIGHT),
        section.integer(STREAMS, STREAMS_DEFAULT, 1),
        minimumCount,
        fields);
  }
}
