using System.Net;
using Shouldly;
using StepCloud.Tests.Api.Http;
using Xunit;

namespace StepCloud.Tests.Api.SignInCodes;

/// <summary>Nobody guesses a code, however many try at once.</summary>
[Collection(TabletTests.Name)]
public sealed class SignInCodeTryTests(TabletServer tablets)
{
    private readonly ApiServer _server = tablets.Server;

    [Fact]
    public async Task Four_wrong_tries_leave_a_code_and_the_fifth_destroys_it()
    {
        TabletRig rig = await TabletRig.CreateAsync(_server);
        foreach (bool isFifth in (bool[])[false, true])
        {
            string code = await rig.MakeCodeAsync();
            for (int i = 0; i < (isFifth ? 5 : 4); i++) await rig.TryRedeemAsync(TabletRig.Wrong(code)).ShouldBeProblemAsync(401, "invalid_sign_in_code");
            if (!isFifth) ((int?)(await rig.User.GetAsync(TabletRig.CodesPath).ShouldAnswerAsync(200))["items"]![0]!["tries_left"]).ShouldBe(1);
            if (isFifth) await rig.TryRedeemAsync(code).ShouldBeProblemAsync(401, "invalid_sign_in_code");
            else await rig.RedeemAsync(code);
            (await rig.CountCodesAsync()).ShouldBe(0);
        }

        (await rig.CountEntriesAsync("sign_in_code.destroyed", "new_values->>'wrong_tries' = '5' AND doer_kind = 'anonymous'")).ShouldBe(1);
        (await rig.CountEntriesAsync("sign_in_code.redeemed")).ShouldBe(1);
    }

    [Fact]
    public async Task A_hundred_wrong_tries_at_once_get_five()
    {
        TabletRig rig = await TabletRig.CreateAsync(_server);
        string code = await rig.MakeCodeAsync();
        HttpResponseMessage[] answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => rig.TryRedeemAsync(TabletRig.Wrong(code))));
        int refused = answers.Count(answer => answer.StatusCode == HttpStatusCode.Unauthorized), delayed = answers.Count(answer => answer.StatusCode == HttpStatusCode.TooManyRequests);
        (refused + delayed).ShouldBe(100);
        // Whatever was refused and not counted at the code has found none.
        long misses = await _server.Database.ScalarAsync<long>("SELECT count(*) FROM sign_in_code_miss");
        (refused - misses).ShouldBe(5);
        (await rig.CountCodesAsync()).ShouldBe(0);
        (await rig.CountEntriesAsync("sign_in_code.destroyed")).ShouldBe(1);
        await TabletRig.ForgetMissesAsync(_server);
        await rig.TryRedeemAsync(code).ShouldBeProblemAsync(401, "invalid_sign_in_code");
    }

    [Fact]
    public async Task Of_twenty_tablets_that_enter_a_code_at_once_one_comes_in()
    {
        TabletRig rig = await TabletRig.CreateAsync(_server);
        string code = await rig.MakeCodeAsync();
        HttpResponseMessage[] answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => rig.TryRedeemAsync(code, $"tablet-{i}")));
        answers.Count(answer => answer.StatusCode == HttpStatusCode.OK).ShouldBe(1);
        answers.Count(answer => answer.StatusCode == HttpStatusCode.Unauthorized).ShouldBe(19);
        (await _server.Database.ScalarAsync<long>($"SELECT count(*) FROM session WHERE case_id = '{rig.Case}'")).ShouldBe(1);
    }

    [Fact]
    public async Task Unknown_wrong_expired_used_and_withdrawn_codes_get_one_answer()
    {
        TabletRig rig = await TabletRig.CreateAsync(_server);
        string used = await rig.MakeCodeAsync();
        await rig.RedeemAsync(used);
        string replaced = await rig.MakeCodeAsync(), expired = await rig.MakeCodeAsync();
        List<string> answers = [await BodyAsync(used), await BodyAsync(replaced), await BodyAsync(TabletRig.Wrong(expired))];
        await _server.Database.ExecuteAsync($"UPDATE sign_in_code SET expires_at = now() WHERE case_id = '{rig.Case}'");
        answers.Add(await BodyAsync(expired));
        answers.Add(await BodyAsync("7KQM-W2XD"));
        answers.Distinct().ShouldHaveSingleItem();

        async Task<string> BodyAsync(string code) => await (await rig.TryRedeemAsync(code)).Content.ReadAsStringAsync();
    }

    [Fact]
    public async Task Whoever_tries_codes_that_nobody_was_given_waits_and_so_does_a_right_one_from_there()
    {
        TabletRig rig = await TabletRig.CreateAsync(_server);
        string code = await rig.MakeCodeAsync();
        string[] unknown = [.. "0123456789ABCDEFGHJKMNPQRSTV".Select(letter => $"{letter}{(code[1] == 'Z' ? 'Y' : 'Z')}00-0000").Take(20)];
        foreach (string guess in unknown) await rig.TryRedeemAsync(guess).ShouldBeProblemAsync(401, "invalid_sign_in_code");
        using HttpResponseMessage delayed = await rig.TryRedeemAsync(code);
        delayed.Headers.RetryAfter!.Delta!.Value.ShouldBeInRange(TimeSpan.FromMinutes(4), TimeSpan.FromMinutes(5));
        await rig.TryRedeemAsync(code).ShouldBeProblemAsync(429, "too_many_attempts");
        await _server.Database.ExecuteAsync("UPDATE sign_in_code_miss SET at = at - interval '5 minutes'");
        await rig.RedeemAsync(code);
    }
}
