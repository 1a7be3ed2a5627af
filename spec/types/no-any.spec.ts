/** A sweep over all that is exported: nothing is `any`, gives `any`, or has a member that does. */
import { expect } from 'chai';
import * as treadle from 'treadle';
import { type AnyMembers, type Equal, type IsAny, same } from '../support/types.js';

describe('types: no any reaches user code', () => {
  it('the tools of these tests tell any from the rest', () => {
    same<IsAny<ReturnType<typeof JSON.parse>>, true>();
    same<IsAny<unknown>, false>();
    same<IsAny<never>, false>();
    same<Equal<unknown, ReturnType<typeof JSON.parse>>, false>();
    same<
      AnyMembers<{ a: number; b(): ReturnType<typeof JSON.parse>; c: ReturnType<typeof JSON.parse> }>,
      'b' | 'c'
    >();
    // @ts-expect-error different types want a proof that cannot be given
    same<string, number>();
    expect(JSON.parse('1')).to.equal(1);
  });

  it('no export is any or gives any', () => {
    same<AnyMembers<typeof treadle>, never>();
    expect(treadle).to.have.property('run');
  });

  it('no member of what the exports give is any', () => {
    same<AnyMembers<treadle.TaskGroup>, never>();
    same<AnyMembers<treadle.TaskHandle<number, string>>, never>();
    same<AnyMembers<treadle.CancelScope>, never>();
    same<AnyMembers<treadle.Cancelled>, never>();
    same<AnyMembers<treadle.Deadline>, never>();
    same<AnyMembers<treadle.Run<number>>, never>();
    same<AnyMembers<treadle.RunOptions>, never>();
    same<AnyMembers<treadle.TaskInfo>, never>();
    same<AnyMembers<treadle.Backend>, never>();
    same<AnyMembers<treadle.ExceptionGroupOf<TypeError>>, never>();
    same<AnyMembers<treadle.TaskStatus<number>>, never>();
    expect(treadle.TASK_STATUS_IGNORED.started).to.be.a('function');
  });
});
