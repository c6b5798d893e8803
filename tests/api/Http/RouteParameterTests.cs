using System.Reflection;
using Microsoft.AspNetCore.Http;
using Shouldly;
using StepCloud.Api.Hosting;
using Xunit;

namespace StepCloud.Tests.Api.Http;

/// <summary>What the generator of the routes' code does not see is not read from a request, without a word.</summary>
public sealed class RouteParameterTests
{
    [Fact]
    public void The_parameters_of_a_request_are_properties_of_their_own_type()
    {
        Type[] gathered =
        [
            .. typeof(StepCloudServer).Assembly.GetTypes()
                .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
                .SelectMany(method => method.GetParameters())
                .Where(parameter => parameter.GetCustomAttribute<AsParametersAttribute>() is not null)
                .Select(parameter => parameter.ParameterType).Distinct(),
        ];
        gathered.Length.ShouldBeGreaterThan(5);
        gathered.Where(type => type.BaseType != typeof(object)).ShouldBeEmpty("inherited properties stay empty: give the route a second [AsParameters]");
        gathered.Where(type => type.GetConstructor(Type.EmptyTypes) is null).ShouldBeEmpty("a constructor's parameters that may be null do not compile");
    }
}
