using Npgsql;
using Shouldly;
using StepCloud.Storage.Registry;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Storage;

/// <summary>Which combination covers what was done, if one does.</summary>
public sealed class ValidatedCombinationTests : StoreTests
{
    private static readonly Guid Model = Guid.Parse("01980000-0000-7000-8001-000000000001");
    private static readonly Guid OtherModel = Guid.Parse("01980000-0000-7000-8001-000000000000");

    [Theory]
    [InlineData("Ortho", "L1", "2.4.1", "splint", true)]
    [InlineData("Ortho", "L2", "2.4.1", "splint", false)]
    [InlineData("Other", "L1", "2.4.1", "splint", false)]
    [InlineData("ortho", "L1", "2.4.1", "splint", false)]
    [InlineData("Ortho", "L1", "2.4.2", "splint", false)]
    [InlineData("Ortho", "L1", "2.4.1", "crown", false)]
    [InlineData("Ortho", null, "2.4.1", "splint", false)]
    [InlineData("Ortho", "L1", null, "splint", false)]
    [InlineData("Ortho", "L1", "2.4.1", null, false)]
    public async Task One_that_names_everything_covers_that_alone(string material, string? lot, string? firmware, string? program, bool isCovered)
    {
        Guid id = await AddAsync("L1", "2.4.1", "splint");
        (await FindAsync(material, lot, firmware, program)).ShouldBe(isCovered ? id : null);
    }

    [Theory]
    [InlineData("L1", "2.4.1", "splint")]
    [InlineData("L1", null, null)]
    [InlineData(null, null, null)]
    public async Task One_that_allows_any_covers_what_is_not_known_too(string? lot, string? firmware, string? program)
    {
        Guid id = await AddAsync(null, null, null);
        (await FindAsync("Ortho", lot, firmware, program)).ShouldBe(id);
        (await FindAsync("Ortho", lot, firmware, program, OtherModel)).ShouldBeNull();
        (await FindAsync("Other", lot, firmware, program)).ShouldBeNull();
    }

    [Fact]
    public async Task Of_several_the_one_that_says_most_is_named()
    {
        Guid any = await AddAsync(null, null, null), ofProgram = await AddAsync(null, null, "splint"), ofFirmware = await AddAsync(null, "2.4.1", null), ofLot = await AddAsync("L1", null, null);
        Guid[] ofTwo = [await AddAsync(null, "2.4.1", "splint"), await AddAsync(null, "2.4.1", "splint")];
        (await FindAsync("Ortho", "L1", "2.4.1", "splint")).ShouldBe(ofTwo.MinBy(id => id.ToString("D"), StringComparer.Ordinal), "of two that say as much, always the same");
        (await FindAsync("Ortho", "L1", "2.4.1", "crown")).ShouldBe(ofLot);
        (await FindAsync("Ortho", "L2", "2.4.1", "crown")).ShouldBe(ofFirmware);
        (await FindAsync("Ortho", "L2", "9", "splint")).ShouldBe(ofProgram);
        (await FindAsync("Ortho", "L2", "9", null)).ShouldBe(any);
    }

    [Theory]
    [InlineData("2026-03-01", false)]
    [InlineData("2026-03-02", true)]
    [InlineData("2026-03-31", true)]
    [InlineData("2026-04-01", false)]
    public async Task It_holds_from_its_first_day_to_its_last_one(string day, bool isCovered)
    {
        Guid id = await AddAsync(null, null, null, "2026-03-02", "2026-03-31");
        (await FindAsync("Ortho", "L1", "2.4.1", "splint", on: day)).ShouldBe(isCovered ? id : null);
    }

    [Fact]
    public async Task One_without_an_end_holds_on_and_one_of_the_archive_until_the_day_on_which_it_was_put_there()
    {
        Guid id = await AddAsync(null, null, null, "2026-03-02");
        (await FindAsync("Ortho", null, null, null, on: "2999-12-31")).ShouldBe(id);
        await Database.ExecuteAsync(
            "UPDATE validated_combination SET archived_at = '2026-03-20T23:59:59.999999Z', archived_by = 'system', archive_reason = 'Withdrawn.' WHERE id = $1", id);
        (await FindAsync("Ortho", null, null, null, on: "2026-03-20")).ShouldBe(id);
        (await FindAsync("Ortho", null, null, null, on: "2026-03-21")).ShouldBeNull();
    }

    [Fact]
    public async Task What_is_validated_in_one_organization_is_not_in_another()
    {
        TestOrganization other = await Installation.AddOrganizationAsync("Other");
        await AddAsync(null, null, null, organization: other);
        (await FindAsync("Ortho", "L1", "2.4.1", "splint")).ShouldBeNull();
    }

    private static DateOnly Day(string text) => CalendarDates.Parse(text)!.Value;

    private async Task<Guid> AddAsync(
        string? lot, string? firmware, string? program, string validFrom = "2026-03-02", string? validUntil = null, TestOrganization? organization = null)
    {
        TestOrganization of = organization ?? Organization;
        Dictionary<string, object?> values = new()
        {
            ["organization"] = of.Id.Value, ["name"] = "Combination", ["material"] = "Ortho", ["lot"] = lot, ["model"] = Model, ["firmware"] = firmware,
            ["program"] = program, ["evidence"] = "VR-1", ["valid_from"] = Day(validFrom), ["valid_until"] = validUntil is null ? null : Day(validUntil),
        };
        RegistryOutcome made = await new RegistryStore(Installation.Stores, Installation.Clock).CreateAsync(
            Entities.ValidatedCombination, null, values, of.Id, Doer, answer: null, CancellationToken.None);
        return made.ShouldBeOfType<RegistryOutcome.Done>().Row.Id;
    }

    private async Task<Guid?> FindAsync(string material, string? lot, string? firmware, string? program, Guid? model = null, string on = "2026-03-15")
    {
        await using NpgsqlCommand command = Database.Source.CreateCommand("SELECT combination_is_validated($1, $2, $3, $4, $5, $6, $7)");
        foreach (object? value in (object?[])[Organization.Id.Value, material, lot, model ?? Model, firmware, program, Day(on)])
            command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
        return await command.ExecuteScalarAsync() as Guid?;
    }
}
