package io.taskweave.cli;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The one direction of dependency between modules, and what each of them never touches. */
@AnalyzeClasses(packages = "io.taskweave", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest
  static final ArchRule coreKnowsNoFrameworkAndNoOtherModule =
      noClasses()
          .that()
          .resideInAPackage("io.taskweave.core..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.apache.spark..",
              "org.apache.hadoop..",
              "com.intel.analytics.bigdl.dllib..",
              "com.typesafe.config..",
              "io.taskweave.engine..",
              "io.taskweave.pipeline..",
              "io.taskweave.cli..");

  @ArchTest
  static final ArchRule corePrintsNothing =
      noClasses()
          .that()
          .resideInAnyPackage(
              "io.taskweave.core..", "io.taskweave.engine..", "io.taskweave.pipeline..")
          .should()
          .accessField(System.class, "out")
          .orShould()
          .accessField(System.class, "err");

  @ArchTest
  static final ArchRule pipelineNeitherTrainsNorParsesCommandLines =
      noClasses()
          .that()
          .resideInAPackage("io.taskweave.pipeline..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "com.intel.analytics.bigdl..",
              "picocli..",
              "com.typesafe.config..",
              "io.taskweave.engine..",
              "io.taskweave.cli..");

  /** Those of {@code CodeVersion}, and two that make no data. */
  @ArchTest
  static final ArchRule whatStagesRunOfCoreMakesTheirOutputOutOfDate =
      noClasses()
          .that()
          .resideInAPackage("io.taskweave.pipeline..")
          .should()
          .dependOnClassesThat(
              resideInAPackage("io.taskweave.core..")
                  .and(
                      not(
                          resideInAnyPackage(
                              "io.taskweave.core.sample",
                              "io.taskweave.core.group",
                              "io.taskweave.core.merge",
                              "io.taskweave.core.random",
                              "io.taskweave.core.correlation",
                              "io.taskweave.core.metric",
                              "io.taskweave.core.error",
                              "io.taskweave.core.progress"))));

  @ArchTest
  static final ArchRule enginePreparesNoData =
      noClasses()
          .that()
          .resideInAPackage("io.taskweave.engine..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("picocli..", "io.taskweave.pipeline..", "io.taskweave.cli..")
          .allowEmptyShould(true);
}
