using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using StepCloud.Mqtt.Broker.Topics;
using Xunit;

namespace StepCloud.Tests.Mqtt.Broker;

public sealed class TopicTests
{
    /// <summary>The examples of MQTT 5.0 §4.7.1 and §4.7.2, and their edges.</summary>
    [Theory]
    [InlineData("sport/tennis/player1/#", "sport/tennis/player1", true)]
    [InlineData("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true)]
    [InlineData("sport/#", "sport", true)]
    [InlineData("#", "sport/tennis", true)]
    [InlineData("sport/tennis/+", "sport/tennis/player1", true)]
    [InlineData("sport/tennis/+", "sport/tennis/player1/ranking", false)]
    [InlineData("sport/+", "sport", false)]
    [InlineData("sport/+", "sport/", true)]
    [InlineData("+/+", "/finance", true)]
    [InlineData("/+", "/finance", true)]
    [InlineData("+", "/finance", false)]
    [InlineData("#", "$SYS/a", false)]
    [InlineData("+/monitor/Clients", "$SYS/monitor/Clients", false)]
    [InlineData("$SYS/#", "$SYS/a", true)]
    [InlineData("$SYS/monitor/+", "$SYS/monitor/Clients", true)]
    [InlineData("a/#", "A/b", false)]
    [InlineData("a//b", "a/b", false)]
    [InlineData("a//b", "a//b", true)]
    [InlineData("+/b", "$a/b", false)]
    [InlineData("a/+", "a/$b", true)]
    public void A_filter_matches_as_the_standard_says(string filter, string name, bool expected)
    {
        TopicFilter.TryParse(filter, out var parsed).ShouldBeTrue();
        parsed!.Matches(name).ShouldBe(expected);
        MatchInTree(filter, name).ShouldBe(expected);
    }

    [Theory]
    [InlineData("")]
    [InlineData("sport/tennis#")]
    [InlineData("sport/tennis/#/ranking")]
    [InlineData("sport+")]
    [InlineData("##")]
    [InlineData("a/\0")]
    [InlineData("$share/")]
    [InlineData("$share/x")]
    [InlineData("$share/x/")]
    [InlineData("$share//a")]
    [InlineData("$share/+/a")]
    public void An_ill_formed_filter_is_refused(string filter) => TopicFilter.TryParse(filter, out _).ShouldBeFalse();

    [Fact]
    public void A_shared_filter_is_taken_apart()
    {
        TopicFilter.TryParse("$share/group/a/+", out var filter).ShouldBeTrue();
        (filter!.ShareName, filter.Filter, filter.Text).ShouldBe(("group", "a/+", "$share/group/a/+"));
        filter.Matches("a/b").ShouldBeTrue();
    }

    [Theory]
    [InlineData("a/b", true)]
    [InlineData("/", true)]
    [InlineData("", false)]
    [InlineData("a/+", false)]
    [InlineData("#", false)]
    public void A_topic_name_has_no_wildcards_and_is_not_empty(string name, bool expected) => TopicName.IsValid(name).ShouldBe(expected);

    [Fact]
    public void A_topic_is_measured_in_bytes_of_UTF_8()
    {
        TopicName.IsValid(new string('a', 65_535)).ShouldBeTrue();
        TopicName.IsValid(new string('a', 65_536)).ShouldBeFalse();
        TopicName.IsValid(new string('ä', 32_768)).ShouldBeFalse();
    }

    [Fact]
    public void The_tree_finds_exactly_the_filters_that_match()
    {
        Prop.ForAll(Arb.From(TopicSets), set =>
        {
            using var tree = new SubscriptionTree();
            var subscriber = new Subscriber();
            var filters = set.Filters.Select(Filter).ToArray();
            foreach (var filter in filters) tree.Set(new TopicSubscription(subscriber, filter));
            var found = new List<TopicSubscription>();
            tree.Match(set.Name, found);
            found.Select(s => s.Filter.Text).Order().ShouldBe(filters.Where(f => f.Matches(set.Name)).Select(f => f.Text).Distinct().Order());

            foreach (var filter in filters.Distinct()) tree.Remove(subscriber, filter).ShouldBeTrue();
            tree.Count.ShouldBe(0);
            found.Clear();
            tree.Match(set.Name, found);
            found.ShouldBeEmpty();
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Removing_one_subscriber_leaves_the_others()
    {
        Prop.ForAll(Arb.From(TopicSets), set =>
        {
            using var tree = new SubscriptionTree();
            Subscriber leaves = new(), stays = new();
            foreach (string text in set.Filters)
            {
                tree.Set(new TopicSubscription(leaves, Filter(text)));
                tree.Set(new TopicSubscription(stays, Filter(text)));
            }

            foreach (string text in set.Filters.Distinct()) tree.Remove(leaves, Filter(text));

            var found = new List<TopicSubscription>();
            tree.Match(set.Name, found);
            found.ShouldAllBe(s => ReferenceEquals(s.Subscriber, stays));
            tree.Count.ShouldBe(set.Filters.Distinct().Count());
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void What_stands_for_one_level_of_a_pattern_is_listed_as_long_as_somebody_subscribes()
    {
        using var tree = new SubscriptionTree();
        Subscriber one = new(), other = new();
        foreach (string text in new[] { "a/x/b", "a/y/b", "a/z/b/c", "a/+/b", "a/w/#", "a/v", "$share/g/a/u/b", "x/y/b" }) tree.Set(new TopicSubscription(one, Filter(text)));
        tree.Set(new TopicSubscription(other, Filter("a/x/b")));
        tree.ListLevels("a/+/b").Order().ShouldBe(["x", "y"]);
        tree.ListLevels("a/+").ShouldBe(["v"]);
        tree.ListLevels("b/+/b").ShouldBeEmpty();
        foreach (string text in new[] { "a/x/b", "a/y/b" }) tree.Remove(one, Filter(text));
        tree.ListLevels("a/+/b").ShouldBe(["x"]);
    }

    [Fact]
    public void The_retained_messages_found_are_exactly_those_a_filter_matches()
    {
        Prop.ForAll(Arb.From(TopicSets), Arb.From(Gen.ArrayOf(Names)), (set, names) =>
        {
            using var tree = new RetainedTree();
            foreach (string name in names) tree.Set(new() { Topic = name, Payload = new byte[] { 1 } });
            var filter = Filter(set.Filters[0]);
            var found = new List<StepCloud.Mqtt.Broker.MqttMessage>();
            tree.Match(filter, found);
            found.Select(m => m.Topic).Order(StringComparer.Ordinal).ShouldBe(names.Distinct().Where(n => filter.Matches(n)).Order(StringComparer.Ordinal));
            tree.Count.ShouldBe(names.Distinct().Count());
            foreach (string name in names.Distinct()) tree.Set(new() { Topic = name });
            tree.Count.ShouldBe(0);
        }).QuickCheckThrowOnFailure();
    }

    /// <summary>Few words and few levels, so that filters and names really meet.</summary>
    private static Gen<string> Level => Gen.Elements("a", "b", "", "$s", "ab");

    private static Gen<string> Names =>
        from levels in Gen.ArrayOf(Level, 3)
        from count in Gen.Choose(1, 3)
        let name = string.Join('/', levels.Take(count))
        where name.Length > 0
        select name;

    private static Gen<string> Filters =>
        from levels in Gen.ArrayOf(Gen.Frequency((3, Level), (2, Gen.Constant("+"))), 3)
        from count in Gen.Choose(1, 3)
        from end in Gen.Elements("", "", "/#")
        from alone in Gen.Frequency((9, Gen.Constant(false)), (1, Gen.Constant(true)))
        let filter = alone ? "#" : string.Join('/', levels.Take(count)) + end
        where filter.Length > 0
        select filter;

    private static Gen<(string Name, string[] Filters)> TopicSets =>
        from name in Names
        from filters in Gen.NonEmptyListOf(Filters)
        select (name, filters.ToArray());

    private static TopicFilter Filter(string text) => TopicFilter.TryParse(text, out var filter) ? filter : throw new ArgumentException(text, nameof(text));

    private static bool MatchInTree(string filter, string name)
    {
        using var tree = new SubscriptionTree();
        tree.Set(new TopicSubscription(new Subscriber(), Filter(filter)));
        var found = new List<TopicSubscription>();
        tree.Match(name, found);
        return found.Count == 1;
    }

    private sealed class Subscriber : ISubscriber
    {
        public bool IsReady => true;
    }
}
